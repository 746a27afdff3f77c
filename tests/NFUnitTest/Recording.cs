#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 154;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "320e0ed0bb66e19746b61e0693dd779c9b37b3691896d3761d125544c01f2262";

    /// <summary>The first packet of each kind, by its place; null for the others.</summary>
    public static string First(int index)
    {
        switch (index)
        {
            case 0: // CLOCK_REQUEST from the client
                return "9ea07284d13f29ddb58d457ffa23fd643c9336d89270ab6b22793cbbe6ca12e2b89044b7050c85576f01c1bf44fca8ece6ddb2250d390c28d234cebd7ca288088c9eb2bdd0aef0c004158acdc2f22f483ae7d50044e19a868b93a17431028a836ef434db8f5c26dccf7eaef05ff832bb";
            case 1: // SYN-ACK from the server
                return "940848d7acdcdab11f2875fd02b1ad44da3c6670e9586674b005db5474c511bbd67d467bb365f9314b070361dec51815bf0ec002c25f2e796ad19b0457c439765a71ddc0645cb39c153b4f2a36c518a32714edc47aa4123e547b66e8d62055c548fe716298d66d38db47216f4b7e40f491c6aa68606aee2f7152ede61675091e3ff743fcae4c09bf8e6fd9843ec3e5f9b52577775492d11d57927f6412524196a86253";
            case 2: // CLOCK_RESPONSE from the server
                return "161e0e2cba6a070b3b0969e4f6133d5f428351b8e6fbe8d535582a1d3f7d877da42ff5f70a0cbe4734b2e3767d9033c8d9b990826a00bb5b440d33c8ec872a";
            case 3: // ACK from the client
                return "fdd5ad745184b0c5a95de44cfaa3d57549eaa367ff97494a57581b2a3d896be2a0170b3e6e910609d575dc013b2513d92286656d0072e353cd1a8567d3e69a68483a5e14216a348f514f3476a1f64e992af93160a882cbdcbef6748e75a2dff1a2d2eca1d4a55100eddb2f5b2052046acd948b2f7383e418e109a18f8acbc2de6a6281f646def647957ffebcd5e89852ae5ca692360e";
            case 4: // HEARTBEAT from the server
                return "d066032d426b5f758989d19d5323e2a5d2c22d54d4404a66b8cbb4df16039ac667007a5b5df0e67af119a7c2c57a5efa48f5c0b0003907d3df3ab2e9ff5496a70bc7ad9b9764e8f5fcef06e7439070445a45";
            case 5: // DATA from the client
                return "a26d06a06e1b8ef71e52bfc7565eed4ecfc33227c8b758a43a0370a3dfb9fda132b155454809ec1fadde40905b710ad24759e541b72de94f3f8f817673078dd28db417401700c1199ef2e122664a4295a19181bb67506836f2229357ec8ff3";
            case 6: // DATA from the server
                return "d318c99e5e5aeac4611c6170a0de3e6b72e431feceaaa3ab0a7610c3b08199e8e6c2cabd6bcad0b61df9b622c8190d3c2418307a588875fa30e1b204ec46bd0beddd34bfb8c297b4ea98602e8681b4d7ca842dadde4dc6271a410aec3a9262";
            case 12: // PATH_CHALLENGE from the server
                return "274da9b77119342291360d41587a7593323f3bed2667f2f9fc8ed22cbd23872ccdf545d7ff904a19fd2c0d26ed5f69d59849010ac1ce4038df8013da162247e9bf702f956c7b115a6ac8140c";
            case 14: // PATH_RESPONSE from the client
                return "edcaed97678212d519933f84bb3dfc2b0d8e20cae0686c14a71b611dbf937bb74f5cb11b2921f891a85dee19443959f81ebe9a83";
            case 15: // ACK from the server
                return "9a5bc4876c09fa6438e0793510055d20df6e7b028b4ad4bf1ae1ea4926cca916a15f95fd9505533579830c9da5e1fc05615dd2b9";
            case 20: // HEARTBEAT from the client
                return "5db0411cb976dc514be4117d0ec6ecd024d37a15c7d632c301e2e154a50df6570c813d84d00458e48cf30a0756f3d96bd6191a4f995d24d600aad41100d13d276d7e874399015ade2c6f15055afc231b";
            case 25: // TIME_SYNC_REQUEST from the client
                return "b98060f3620d35227b8e343e8f7b36ead9b92376bd3d8a6133d735b924552bff7acff902140a746eff3b8f7200d046cab527670eb2559491c0d68cc7ba2ef04f70ca46e9c086dfd357a596f896594030f7";
            case 26: // TIME_SYNC_RESPONSE from the server
                return "d026135afb72b797ed0b6a065f7f44def6146f41b866a3ded892243f145d9ec4a6a6c0ba6137612e044a8ed69d81b2810545b3fcbc081d01118f137ec686323c9511c029c702895bdc0ef769c4d8e82c2dab75675f2abd10995d96b37b767bf8";
            case 27: // REKEY_REQUEST from the client
                return "7289a7275ff7bb43dc0b710d6fa3b2bba9b0547208cc25db787ac7d3ab2fb04b841eebd80670185e31e672ac1ca42d4725e520e97b2f337ab5ddde904196d06293f2788e1603f09ef980ebf771f32073180c15cadbd125678473cbca548d63ca32472553a2013d9737645599e4c6ddc042e1ef8e375127751db554b16c8a65ca8544f2d0dac6643e676d1f42";
            case 30: // REKEY_RESPONSE from the server
                return "3eda8ac7c05cb47bf109b9ade97eaac73c2d15525c43742e0a8f2699ef075b85aafe76de84577f1cee9ab392fad6e541f03c7f22e95c7b0d9f7fdbb6d83c3be31460fd28ced9909b288728daa5d06cc17bbafe0e6ff24825e1938ad19e9fb7a5dc47cc376b5a4be9daffb4e775e795017f8652418d8b7c059d64bd4cbfab0eb1ac9dfcd451b3807b0fc337f477a6ac3d7a3942c48b21925d5c97c3f4f48a3e31e6bf246a93df218472e0f79094f44345d96325552ac5f9f6a6b16229";
            case 42: // SYN from the client
                return "114cbcea67cb36c7d36006adccf0975d1fb54079acd0d8dfedbc388949f8f59eb051bfdc3c5a0b71f98a00c52cfa8373ad463e7b98f1eb6fa0aad40c1a988776d166a3d070c75bf6c36e10adb4a81ccfa1ae26ae5a12127770cf71ac411099a716bae2a88ba20934db356cf0ac3c3cd886d22ba54532185d12e53f24b36e2469ce074ffb1e241b";
            case 54: // REPAIR_REQUEST from the client
                return "a3fc7c20b4d8eb97949b94e8dc5856386ba814b72b07c3d45261bf7f1cfe67c464aea28a78210472ab7ae0e69838d7c30d9ad460fabbb351e74f37242018d2424eba059f448353a93dac46929b21495f51fbae422f93ddc8b237ca7d0be0556262333e3cb340";
            case 55: // REPAIR_RESPONSE from the server
                return "55b01ac57cbd5136dc79a19474d1d418420f28f21918c5129626f7d0ec56cab3487d473dcfba7ef7a709c2c00bb343da33c805b5fe3b0a73b98d469b02039e2505eac9ca1a5576483df35ec17231e8265d5d2c1aed4776b2c897db90be46b75701a43cc550067dad7ef1280bcd52a1103ab6b398503212";
            case 56: // REPAIR_CONFIRM from the client
                return "23f2940dc18550b43eacaa7fd7a2964c01e65f7f65efa6d27bbae0f52eca2c0a9d68e7ad603fb1d5c55af06a4ca9142c22de09d298057be902d952034c0bf5b9091ba7473f2b8d";
            case 65: // RESUME from the client
                return "1ef87bc8f626a015bfba89c363170071615266b1243b7bababbac26960c69a7143c8db0729a5c1b4421af08e953007bba6941ebdec7192d5a745edbd04880e7a90d7629f2cb39010134fc465a0f78c6917ae43e0e6664c10121af996d6ebbde1a90cdd0d7296c36a65844b9b27";
            case 73: // FIN from the client
                return "c335b70fcbe5b4ee2f4b385d809c91a92b410dec91dfe238ef9d97dc221bbcb21a686dbb78121140b2ed90a2ecfd8cb6b178f7c064c9b341a0f878bd6133e428b9fe58ad0c189365e31e0984b4cabb4133d1fabf1b668ce5f041e83c3a9338c720818e98d4970dbee659ed39";
            case 75: // FIN from the server
                return "2b15a2e29a331db9986946e43236afb4ea422641f8dc72c895c418a5e2bf9ddfd1c66730c1c55e7b1773f2d32eb40e70624b10ef524aadebd9b4e29e21639029cc0528cac6bfbd946261059b117473f6b46d9f94c6046fed21bcfa147127629133b1828439";
            case 86: // ERROR from the server
                return "fd078765359d61a703d65e03b26a132eb5f7e6fe5d5277eeb40ca2318453c3fd3c3dcf8ed18bfda8ce6a5e940d5cccc60cb48b20d593e4c369e98790bfd6b88a31227cc06ab5eb31438cebf9b65b974c0b3a6f3a2bbc002da7";
            case 94: // ERROR from the client
                return "9fb9290517d00c9b337dfadad2cd2e642f2842dd0818e1c505194d15a69eab47f47e24ed9802ef2e74efbdf0bd27cc3937cf25a32f59";
            case 145: // EMERGENCY_REQUEST from the client
                return "e1d2c0ff1d96d8b72e8e6f371be0a5a663d635183b89fcdbb835f660ec2eb983cdc0fbcd84e5c628e6edef5d64f3748e4d7f9f55832bf91d5983fe8242db10eae51118eb94405b27e9c80eb99e529ace6059a261df5f6cf9f78e0152a1884776369e62f4b425c104407b7075b6fdd0069a222a2df6aeedf5c3fab331cf24706f00e4914d40b5b39aed016d7f2fa73a4bad5938fba3cd6df518e656f3d1c5aa0a98e7a8ac447146135f99b1171e5d53";
            case 146: // EMERGENCY_RESPONSE from the server
                return "44ad18e6ad87ad07cec01d7a8bad1a666f7a96a05efc2b0cae1d3b3a3459939c624a57800ab8c36a6747fef4a3841639fa534fdb5d335648a1b548f26fd70592c3fc728710dbbf7093a9f51aef21f7fc7aa6fbad5b19ecd9af3a01bbba653b5ff53b54fd5f80735ccd309cd82ff1006b3f8ec51b56be12214c032bcef0d706bbb71c5c32380c51f0f7d6c385154c2e7d71ae3515c5171887ffe013b56b55ac30aef501b1fcc6cd8ffc8b2f97323b81b2d3a13a";
            case 147: // KEY_CHECK from the client
                return "80cbe314cd6a2aa36733f107d47ccd1d03d190e28c188055ca48c57538f68499d53377fd60472c309b416581110ce4b4cf849474b673f5c64e5b93fc53537ad8cc11f39be5f22aa082f78e6e1323f9d348d2283a696c03287d708a385dd8755ba2923448525f5cfd947b1c391dfbedbaa76635debbea9611b6a249";
            case 148: // KEY_CHECK_REPLY from the server
                return "7f31affd1aa01f6c46ddc41813e5df276ad90d776c32939a28c6da6629c39a7e6c9c75ead966089f7627240537b6231854cd2a4efba1b2de8d2576e9a7c6e0f9c8a0be46e73b0b8c6dd8bc58991142b69d4935008b77ab90ef91835b95f7f727e1ff5d1f2f2cb88e";
            case 153: // RST from the client
                return "fe172451ca67f1c17aee466c435ea28f6a446af38c47f1d25834707b35d7a377d05195151c19616b26725e00a74bc588d7";
            default:
                return null;
        }
    }
}
