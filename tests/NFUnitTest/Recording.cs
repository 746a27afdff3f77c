#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 157;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "23e3b48d3228d9bfb849e164a234ef719c6deb75ae20444b2e504894fd74a198";

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
            case 10: // ACK from the server
                return "186b8c8ceb1b0b6b89b7c8df340769425f7dddf4e5cf907ab40605ebf894fdd6d5213b073132eb689903bc0fb48e57bae5f22157";
            case 13: // PATH_CHALLENGE from the server
                return "28eb2d9098e3b58fca9842ef4eea80c57fbc12f864fc8d16839cd7bbe1650cc2e99432e83543cd8058bef5f48798b7dff628ad8c41f07ef49b17a5a763d6a9dd06ccf2eddbec166928e34185";
            case 15: // PATH_RESPONSE from the client
                return "ccd582197792a26100298fbde77c37413cf6206d69573f7a6d76611dbf937bb74f5cb11bbf7fd6bbbef1d4d0930eab3462b875977c9065b0b37d0adb5dbd0d72338f2ae6f243f664e51fd83b9342a9878e2c2258";
            case 21: // HEARTBEAT from the client
                return "f82956985ea6ff156789fbdcab68102a920b523696d2fd5483dfe154a50df65701eb3d84d00458e48cf30a0756f3d96bd6191a4f995d24d600aad41100d13d27fa33905de3a501961d1f019df848018f78637911ad503aa5beb7633d3c80a0194e0e3b545967b785bbe36cb7";
            case 24: // TIME_SYNC_REQUEST from the client
                return "658838379f6e4c9d334b7ef346472f048b00f6bc8a1d6fb6d38eaf85bf973f352d14836e6a54e0a34a3d10afce7fba111d14ded28e255d5c88b23ef20aa1fce66da84f444c3391dfc1bf94cbf436";
            case 25: // TIME_SYNC_RESPONSE from the server
                return "b477b1586a3966fde6530082671d583c8e193effef6f36e237dd243f145d9ec4a6a6c0ba1ee0612e044a8ed6e2b2b2810545b3fcc33b1d01118f137ec686323c9511c029c70289f38b97d49be46bf5d6f09ca54ba76c83";
            case 28: // REKEY_REQUEST from the client
                return "07d7e8a5cd1c4f018b6431bdf4c757fb3b836ef9c41c270c6151c7d3ab2fb04b841eebd80670185e31e672ac1ca42d4725e520e97b2f337ab5ddde904196d06293f2788e1603f09ef980ebf771f32073180c15cadbd125678473cbca548d63ca3247255319b099cf2f1b12c9651b0a5ae6d70fed";
            case 31: // REKEY_RESPONSE from the server
                return "095dd9e886ddbfcb8a6fcb54e8bba9cdf30b082851f012970d011d5729355076f3c0058278cefd02eb3f89eb9bec49e5218b159615f5ae9bb981c2ef31481ce5c2121dfd3f900e52227179267224f61eb4c6a11c19b446355e61700f37b3fe650aedc2fd97959f1d2bfb19351c820a1811b5fd23bd4eefb2b1eaa7924a1218bb8c85f2cc4c99f8428556860b7e36519162f917a2f79e666a4190b205c083808b";
            case 43: // SYN from the client
                return "534a712a6d70aa9cdc3f917e1e4be2de64d6ffff2a943d374a2694446f91411afae143462a13010d22b2e6005473e971a6b1d16f99a6af84b6099ac042f23991c7818b6a9745f877073bcccb54a2db8d3a0a45fc3e2b9ca5efe5bda041a35ee2be46e1753cf35bd13cd6e19762e953053f160a75007e7e616f1fd4040802cf7c5481dcc4262801";
            case 55: // REPAIR_REQUEST from the client
                return "cfa50985e41bfa284126d5b9165c21af56ee5950f02f56302647bf7f1cfe67c464afa28a78210472ab7ae0e69838d7c30d9ad460fabbb351e74f37242018d2424eba059f448353a93dac46929b21495f51fbae422f9368e8be4c1085a0419d0aa00f18e55816f392424d9786e29776ba35f77ce63322b7bdaba76066bca516473a71";
            case 56: // REPAIR_RESPONSE from the server
                return "542754e7f3d3a79e84f579ed191bb8b475f59407c71faa0658a7735145a1648957b518cffc87c63723f589012aa2f99ff4826778f035c1d16125692a1b39517dc99cefe5247a139205e85639365b13298c89519a85a2c86cb96dfa170b9a809a85f4cf86c6277170";
            case 57: // REPAIR_CONFIRM from the client
                return "f582c26585b22de9caa2188c505ca962b326f4d6d46373d4fc2ee0f52eca1471051cb56d74ecb1d5c55af06a4ca9142c22de09d298057b24f11d5c630966a6306f9294ca9f08e9560ccabb652e2746cb222fbcd23ecde8f85ebe8e";
            case 66: // RESUME from the client
                return "ae713ecd25c815ea3a54952db37aa6b4d4b4af7dbb60ca4babd8c2bc0defb98f15c00ab5fc0c78f42ca62bc40371e18835b167f514d87f3e9f9a6105ecd14c0ba4735fe48b213a115ad44b358cc928a33636e30ce98f10397b5c022fd37667e952f8e26db1ef0b3f60fdcfc896";
            case 72: // FIN from the client
                return "ad34521e8be5ff5d8035a88a4e12585cb93149070060bb4d52e87ce82a90c7d1891a435040ca8833361fac7c09d417123f2959840f6c1c80f52948fbd2a0f52208deca2ae58f1e07f92cbbd0c39a0aba4dfbe63f9f4ea153b660811aa7ad";
            case 74: // FIN from the server
                return "781958f650f19c2d33d9d17b6c380ea8a0d0620e49f6fd4aff9318a5e2bf9ddfd1c66730c1c55e7b1773f2d32eb40e70624b10ef524aadebd9b4e29e21639029cc0528cac6bfbd946261059b117473f6b46d9f94c621f45759f940a70d1ecb250d178c1952d69671";
            case 85: // ERROR from the server
                return "fe65bcb577d3c68d1c20182bf92737f30f5e18c70ee449c8c7cbbb002f49c8f6a17882e93f8c742414a273765b23167d4cfd4dc7413a768a80ecd1ef64745b822bb17a92baf5407d1a4e2b9dcadd60d72c7b0d52";
            case 93: // ERROR from the client
                return "d61cfc3e789728795de430ee41357fa9f9b5904fc97700df46d1d87a5c82c09150645504a53016d47282abfcd4459930e9afd57e192bb1e1861d332dbf762b8725434f519831";
            case 146: // EMERGENCY_REQUEST from the client
                return "b313f6c8bbd3cf80552a9aa336e72cf0cb3969c47f3aa98db8274062da69d8599e1a787ff1c09b3f72e1d0cbf2d79da0234e707a483fae456cec67d5d261e6a9a1c3499e6940a4ceb4c8332c575aca676156c28faa26aa2cf30236f18433b80b6f84ed8d0f9956ca69cf749f1ac11f78401a47c7a725f668c3bdc00c82f174e918ba20d9ec998fa177d72b8f18bb861e7074344a9e1a42c2d4b5aa90dfe56a8328bcad74cb006069b4586f9bdbabde2d55b9e2";
            case 147: // EMERGENCY_RESPONSE from the server
                return "833f84a13f4dd220f0e8ab914e71aa2dc609c036251f8cb0cda5ffd5ea4a880a3fd681c3da00e7fa511d105f6cbb9569e1f061844b293ddc40202756af17d305a729d9df253fddb80c33f579ca3c79d59b6b8e872f9b6ddf993d3e96c9f0c34ab62efe18cc72a681c79afbe59f947f2c6ae4b948d39f17853b883c100e93f2a174382f3d57d12b20299e2c0f973cd5cce311ec510f97ab67961b57eb3eb2564f9cb350913fa7a1a229cd51cc58890f649770";
            case 148: // KEY_CHECK from the client
                return "f78a037c4070b2d0f35ae5e7c2521a5ec3740dd74e1aaf6bcf8ffcf498622e124d1ca93e5488e97d8a3d136062d275a2f504094545e9fd8de5c82c4965b177dd03d20df8aa8c49cc18e76787ddcc456fcbeea4c1fce7e4f2286d94d4474e31942433497a414d9ebc0742eea2a21bf229503bc1cf6455f8d07c2f250f1d370f5dbf80dba2";
            case 149: // KEY_CHECK_REPLY from the server
                return "2e1c5edf88fdef7c65864c63bf9c710243edb742f0b4da0ee2e22a57bdcb42444fb9e39e5164c28cd5f0cbb053998853ecc5078653fd9d8f49b6bb8e2f645b3632fcbbc0faf6e64ec62670405f37e1ec20c582b55a1abdd32a371faf3144e54f";
            case 156: // RST from the client
                return "253ef0b266218cb57bf1c0bd938e6746cade5c8be40b42f841da586f86b86708e912cb55b36f144d7772676d565ef663c45d01cce52cd3c773d8c73c56d3dcca25644738c9b005541b2c7d153893056207bbefb00e1450ac8a186c8a2c09993c6c4f29b0f2";
            default:
                return null;
        }
    }
}
