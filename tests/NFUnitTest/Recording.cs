#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 154;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "f7d6a9cb50185ffc499c8025d427325ef289711ccdd5b4beace6ff0dcdf08044";

    /// <summary>The first packet of each kind, by its place; null for the others.</summary>
    public static string First(int index)
    {
        switch (index)
        {
            case 0: // CLOCK_REQUEST from the client
                return "ae37da0df18e5ae5e7054ce1f51b2bd304aa4e57b707bdf3338977423acbed24bf2e945393c74117144b86b8827cf53b76af017130b13682760b13c9c673d481e829";
            case 1: // SYN-ACK from the server
                return "2826f2bbf202b05bb25d446044758483a8f361eb35984ee3e91ff105cc578556cd501a6ecf794042ad6a9f803a0e6d24e67748293fcda7d68be49f6a45dee92074d0dbe4faced0be6902eef4a799decacf3462ee8542a36f6f7266315ac05a81600a05efabdce1518872371f08a1e955eb3fccac149ce2abbec98fac48531e4110b73c047f525dd55fcd5a97e9436113113e12eef3c093abb0dea27df7bcff86152cf0ecf5e34e8f43b1a02adfab3a2be58519f613421e6c2a7ab55fdc0840a573f22e9b69f0182b0b67";
            case 2: // CLOCK_RESPONSE from the server
                return "4e25acdd9e86ac6a584de2e4a7dca43d20a03dd8b06cce56d8e1cb4d96b5c205e379fbf2e20515c493dc6e97d63db8657cb468ee7cdf9eb17aeff88ac06a8bdb49b448b3e4a8982a848e4d5e6fd9ff61f6d7eb5222a0a4e45d36dffdf21d2711778f2ff5fe75c8a9fe249fc4bc";
            case 3: // ACK from the client
                return "d1f2f17d042410af21dc3a194c5590a67d1f6b91339601d8df267509ea9063b19a1f1b4b7506531d64613eea7a60c2aad7089f8d0021bb21f55231e2f2bed940c83d2e03bb073f19da07c672ebf9165e4a69fce39f172b5031598a604f45c0";
            case 4: // HEARTBEAT from the server
                return "cd97d650c1349eff43aea901d11f0e587205c4e9288d680fb5c84b2aad0f088822a215a472354fc206698aebb5105e43ffe605874694466ca98eb919bbb96e35ba2955a3bff5949a6c372931d5b06b8067e72069599be05be946848bba7857";
            case 5: // DATA from the client
                return "ff8370571380103eb4e943014e8cc85701f9c6a2095c51672b43a74bd057c225100a34dacec895d85546f0983519f8978dba7047527dfb3614260562eafc6325378f8694e63d8644ba69c1d390c55bbe80d55e0e933c052cf5134447b3917d";
            case 6: // DATA from the server
                return "5648d3d7c68d7a8a82cc110a1ddf6cec88a72a27de03aa87a3800aa1657e75ee4ad1d39ffbeac9398e27261baf55cfc5c601dc240cf31f8a2264f2772af85335e3cd49e8a87c40e083e47d9086a24ddbc682ce065be218c602e0123594347c";
            case 9: // ACK from the server
                return "182bea19114be037f7f4b3367b00c3e82dbe0430aaa656b12076cbf7fcdd03019ad3d623619bd0043a4486f01265ccdfd993428e";
            case 12: // PATH_CHALLENGE from the server
                return "f04da97eb37418edfe7d26bd78cbbe74f88ee69700413acf854fe932f9687b831cad73528b0a4f7d767e7972f47ebf56e3eb91bdc4fa10e818fcc94de01797f630991ba26a79227980f9c41639c19e2941671ecde1";
            case 14: // PATH_RESPONSE from the client
                return "23713e2a3ace2d5aba50a677a3e3bf9fa40f0d69c691e49985c9214a6b86621890e5e6dd3c285b6333203207d07605b170b4adec545906c79f39e8bf8664b8481063aa8e9ca84bce7ebb6d0317022068c63bf78cb49caec104c562bcdcaf060b3ba5a8dd4d597c6d973f";
            case 19: // HEARTBEAT from the client
                return "c275e55fdc9333e813533724e3495776af2552dd1f8ca38b2baa19be0fdb47a3a6dad1bec7e42585e799de0a8477faff4c079bd21db79b996e8038ca36fab98d66936e790b0ab17e19";
            case 23: // TIME_SYNC_REQUEST from the client
                return "7dead117b5689d3ea20dc0012870410a5d397950a94c59bc2b945eba0d307f069d7f0285332f2635a513d1fbb8c6788799312f292a0ff470f71c5d71cfd42837d9c2020dc31c701213988e9df36d";
            case 24: // TIME_SYNC_RESPONSE from the server
                return "3dc1fc4f98c3dc32ca4cd57261f863513cc9cd9747e8af5cb58800c9af33305f2d7adca58e06b50fd8c0f8c70ec0a6d70f9e22870b02914e59aa05404521d63b6d13b0c71aac3e4821933e7f27f3da0dc9cb81dc98aedf1f6ee59a280d69fadc019d82cf57bcf6421713";
            case 27: // REKEY_REQUEST from the client
                return "2e0c000b0672df7eedb61a811289dc5d7a4f147f6cf186e20449bf2a076c276cf2d38b5856e22945935ef95b75741f75f178866104481e4f0ce4c044e097f82afcaff2194f907e2e91174cec2622965e4588b3573b184ba4fec3d98aa1a354c153f03dd1c55caf86f98f87d6611adc16eb158f552cb306a28736ca4597946c62cbca4cb0d865682eac4f32fed7ea483a32212335c84742ebe53766683375a35e6fb6bf62b5c38f";
            case 30: // REKEY_RESPONSE from the server
                return "0c9b60f6c81de6a3543e96a4636f8bfccad94557f2ac4d6eddbc9c3d2c3032f08456ac3a030b45975731e9a1b91345dc09406b6d26b5205557a424437ef3257c29d8eb1f34f207a69f4ab8f16fc9ffb2af38893102e7efcb0152d9aa7d22a7864167c613c5b28cde11b98ff2d2da4c5165834f974796263a0079930da8fde3fb054c0d86aa62a42b2a5b183ed7a4f9bc6ae999";
            case 42: // SYN from the client
                return "d27b24171829086ee87cdf947eecea893ecb511cbbf40e9caaed2695b75e2bdcfa7a26c0883d999db83d57bf90a288d03ecaca7f2e2ced64ecf50932d3257a35f549caebb66d44e5d49811f16ad9456ee0e85fd23bf36799f173c9a6b288f367fb467cfc0326deb31691fd64d6deab44b49ff3f296bf87b3f6ed57f866e681ee233d3d96a22aa426b07a3d15c0a1e7eb16602a015d1429e502c8";
            case 54: // REPAIR_REQUEST from the client
                return "ff68783a9e0cddb5a815e74a161c7d2d281203815706f1af51b519bcdd9f4d832f02332f3336fa636386ccb6ff50c634e7088851b880c8128b19adf7014f101a94265faa1ff3f08e31b52768f27e4a7f21cc5b91870081b22d39d92a27a754638a5453525970f5ef42e0cbf35ad1b56c4c1e74a9729b8db86cccf0db98ec3381ecbb";
            case 55: // REPAIR_RESPONSE from the server
                return "b53b490035cf919be708950a8abd8c7f8c0db5ee9b8313027d7840a5bfa692f651b3f0851985ee78dfe80d9c85e9301ed13a7e780ea5d03cb6e2f0867a47669f5178eabcdff1a617c73296b6848e871cc9ee9ad6a0d27738e11c80abbf4cc8085cc78e9c9353df0963b082e5e64ce56662cb09758f5e8bb2878c1a22ff91880d307d98f278f44ec0";
            case 56: // REPAIR_CONFIRM from the client
                return "cb2a2d028ad3685f42f55f324a15f6a97137754473b6340f932e3e18ab9ad310cbbb50b641406a62bd6cca46a3bfda372d895de210cef21120213be6782646b9cd0fcd58205b";
            case 65: // RESUME from the client
                return "7fb7ad181ffc02975aea15dea50f3c0bbca6f9f2eedaa06c27228c06f12767791dbf7f7e0f27879f9abbfa1b5837de71b91102338db0ebd4e4e0921c94abbaf826b9f2b0f929735ef261e9b6aff60105b0";
            case 70: // FIN from the client
                return "e6ecc8572048666d4f21baa26ca61c5ae9cdb9b27ac926770daa0896734b2e49f6fc782424781232594789a0dd5ef35300f787826de3cc93fbe15a88cb6a49bb564be876ff67";
            case 73: // FIN from the server
                return "ebd3c2437c498a5108ef6844d7b6b83cff3f35f171eeb2ac4427f04db27f4d25ecdffded1e3f400cee1df21fc99fcdd5613d8c3bcf1be2401826fc2f35e52f97cfb1921485032a7c51d7872ba350d52cdef95c0634b1845c";
            case 84: // ERROR from the server
                return "0694e017f200d7b6e4fbc2b884b74862191678588e8f81de3c68552574e9832be3fe93a59343b24bb70faa714489d43e6b8d94fca64771b1fe9f5eddf2c5b5";
            case 92: // ERROR from the client
                return "51d9939f167eeb9b5ddd8bca09a459a0f79f609df4b4cebf088dd036546dd033fb1c5fdf2208e53b10c6c0c91ba58df18e588dbe7406213a0085077438a1cf8c61bf438c1aece5d5929b016197b289441e31f672fc688c02d2484b75b4feafeb62b3980c";
            case 144: // EMERGENCY_REQUEST from the client
                return "c5acabb0811cdcba68ae52b17d9ba6b80bb26a0d64ca3b17096ec54fc384159dca442229e5d5922b5eb14110c18f835476525c220e8d262fdd94e2405a1f8ef210132e0b15ae60b8ee4f5b1a7f2897f1af4e4703ef89ca06e2528189da80ef3d168ca6d47b45f66aa2646d4cc500890e5bd7ed514a99c90219579b56726687ae7cc37ad396a66bb5273cdf069b20140e906195";
            case 145: // EMERGENCY_RESPONSE from the server
                return "9ac62ba9598dd699eba321c95a605edc766e6c88c6f8514315b88f50caae4100e6b3d4fe426584a8575cadf4fa066095070e1242a82cf898b785d0ac86fa8ab29b7a68b63c1d3fbdbcfcfe84b1879a11dfe7753a8f9f9de8c1e561c7cd89c2378a59250d875faae59fe8ab88d8096a15c2b842f921d76682c4a06e3c24e626da76387b6b12643dbe5a201ae4edef78f364";
            case 146: // KEY_CHECK from the client
                return "5d3797639e82e891a5ad95b7140a072961c1e99c70ca1f131684f4bda1291a1be4f201d259db556a7c31b72e0bb8c184214729f0a202e4a97a330fe7c1288c925388447887d70cf7b972532953edd29b9776d26b4a931033cb22e6155ff7381e25bf2853c3f09b9cb69e7847d67a2a009df4a31737f795a1562ca11f6e5807c9cf76a230d4ae9f01cae544d8134af51a599320ba7cdc4f0562ed89";
            case 148: // KEY_CHECK_REPLY from the server
                return "a7aaa8eda0c5f0b00b9496cc10a630f3f3a826c43c783d46848df1efa47391fb308cc71c06ed18d13226f0248d6cdb980bc53df7e24bd0d864e790f063a3dd1072fad0c417f4e4d1c6c8d8307d6f3f263a3aa4925158bcf16aa4ae908c14cc6724db50da629ec3ab3af8109d73b42039e0f92847fac908bab6fe";
            case 153: // RST from the client
                return "81b1ca778115ea355e82307945360e78dbe85055f58970405494a061759cadbe7da7bdd2a96c95684b2f58d3a242ee7bf2c44bdd5b0e23dff71bafedbed2100d04e76e762274";
            default:
                return null;
        }
    }
}
