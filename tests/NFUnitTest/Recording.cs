#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 153;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "c84647505dc9738701d2e7d088cb767111171e435a4a3f7de566417df6605b19";

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
                return "49d8d4ca1145a0c9c0d6675c049837488b5923ec18ef4d713a8d19be0fdb47a3a1a7d1bec7e42585e799de0a8477faff4c079bd21db79b996e071e69fd5de1f9bbed6e7b5ed5a57374b7bb770c9787f739a19d58be0a8734e19a3994bf8c4d6239607a6d09daa2cb100bf4b103";
            case 23: // TIME_SYNC_REQUEST from the client
                return "01299b6c02f3f213d5cbd3fcc417aa4619faf19bc8ab33e968935eba0d307f069d7f0285332f2635a513d1fbb8c6788799312f292a0ff470f71c5d71cfd422a9d758aaafef67d27943bea1aa31a9a97f54895dbd92c496d281bf6e908a963618f66df247b53540707237bdf0afe3";
            case 24: // TIME_SYNC_RESPONSE from the server
                return "3dc1fc4f98c3dc32ca4cd57261f863513cc9cd9747e8af5cb58800c9af33305f2d7adca58e06b50fd8c0f8c70ec0a6d70f9e22870b02914e59aa05404521d63b6d13b0c71aac3e4821933e7f27f3da0dc9cb81dc98aedf1f6ee59a280d69fadc019d82cf57bcf6421713";
            case 27: // REKEY_REQUEST from the client
                return "ad3972ecc118ad2871c07e61fc7f2612590bb3d50b03ad8a0f5fbf2a076c276cf2d38b5856e22945935ef95b75741f75f178866104481e4f0ce4c044e097f82afcaff2194f907e2e91174cec2622965e4588b3573b184ba4fec3d98aa1a354c153f03dd1c55caf86f98f87d6611adc16eb158f552cb306a28736ca4597946c62825bddbec4fb8fb55c14d5322852cd07";
            case 30: // REKEY_RESPONSE from the server
                return "fbfd2c36ebd871df05f09c25123fda4561ebdfbe28b48017cd399c3d2c3032f08456ac3a030b45975731e9a1b91345dc09406b6d26b5205557a424437ef3257c29d8eb1f34f207a69f4ab8f16fc9ffb2af38893102e7efcb0152d9aa7d22a7864167c613c5b28cde11b98ff2d2da4c5165834f974796263a0079930da8fde3fb054c0d29c1f26d7400c1f9ab50e454c79a496b";
            case 42: // SYN from the client
                return "3bb69bf66cfc4fe254a3518eab34cfd7a9bd05594f510b2398e1b7a065ae4e253d00504f85473dc952986a864181ea8ece6fc382526d6e0ac7433a9f450ccfc4598bae7414d0aa796013a2b082b1fc244a589801de51cbc7d71f905dfcaf64b1b5381038be6781afa1ec24ee66b3a11866a2280917631dd8d1e59b96a7fcee09f159e14bdfc9f2f0a52329407b1f0c781eccf31f960fb9e6866e";
            case 53: // REPAIR_REQUEST from the client
                return "b4777fd46e9095a626e8101dc527ac2f5c84309b2f23245aa6b719bcdd9f4d832f02332f3336fa636386ccb6ff50c634e7088851b880c8128b19adf7014f101a94265faa1ff3f08e31b52768f27e4a7f21cc5b91870081b22d39d92a27a754638a5453525970f5ef42e0cbf35ad1b56c4c1e149a04c3adab4cf4d7314765adf98ce6012fb17e";
            case 54: // REPAIR_RESPONSE from the server
                return "4503209855544b4a95ec52294d57a48f25546758c2b51e0bc5cc40a5bfa692f651b3f0851985ee78dfe80d9c85e9301ed13a7e780ea5d03cb6e2f0867a47669f5178eabcdff1a617c73296b6848e871c43c35f15c4ee531b3e66721bd3c72f5c";
            case 55: // REPAIR_CONFIRM from the client
                return "df0f5de6ff9d24da575c2f0e8676eaebb66e54eedd7413f494633e18ab9ad310cbbb50b641406a62bd6cca46a3bfda37ebcadcdc84be40c22b2b03e91008c371";
            case 64: // RESUME from the client
                return "ac27bf97f6614d70ba62427befb2bc3683baf49680ba52be2ea12739258f41997b23a2e96c22e3fcf0f3538b4d0542a582c5c6bf70f8ce7c1879ab0e4ecf23a95374476189d9be286127c3c845741fd0ab";
            case 69: // FIN from the client
                return "792268715e0ffc6e682a33b5809abf1dbc0e08614abd4f8ff0f10896734b2e49f6fc782424781232594789a0dd5ef35300f787826de338b31455d5552ab2168402657f4dcc86";
            case 72: // FIN from the server
                return "a27ea6793f7efbd921239b1f75d4db4f6dbd7aafbe35651e9774f04db27f4d25ecdffded1e3f400cee1df21fc99fcdd5613d8c3bcf1be2401826fc2f35e52f97cfb1921485032a7cc4d3cd01004f3e0cd53d6d974526b77f274b7a9723b30abb8e5802";
            case 83: // ERROR from the server
                return "d3e47553c8a1b8dfaff4e513c45170657edffa114cea1247fc345fe74f8c682b7c54d0f6bce315d8ab79dd727810facd1ce0d095495b3af44220a13fb29658";
            case 91: // ERROR from the client
                return "a10c12ef82e0eef88d7cf30ad2a9cd12c620f57b128a6f8beb42bef3bab40035c77bf9264edae7799b91070d152ef1ff9e2fbe45de4cc28de188c2d453936e38060f118340504be5ef6fd9a25ca8595e8ffb3a3177dcd9389008ffc2fbc079967b390dc7";
            case 143: // EMERGENCY_REQUEST from the client
                return "2e739bd4df72aeb36fc638e64bb1209ceef4f3e1bbd330386c1c64c15daaab3b7dd3e38fc7c3ef6058884084cc52d447b0a9e9f6d6c8c904ca54ad0c99c6e25960ffd2fadf67f34ec5a9e7b7ed22cdcd08b50caa3d2ed889e2f40f20762ba47e0633a808198577152e055804bc79bacffc921ae2066613c042658abf275856812984641512e61a495cab81ea843ff351df3f16";
            case 144: // EMERGENCY_RESPONSE from the server
                return "75d036adb4cda45463c6d0a6b7d9a5de638b09a657dd6e0b3ed1e6de54ce88843b3af7ef091cddc03ea4ab8de3854432be5aee21a61bccc558f13fe8111c8e20b0c85c3643193fb910f4a0425bfef96eaa3fa0683faf134e7c467e475bf7b42e5136858bf3ef8a616ae5d8209a5b90f0bfafb2fb0a55e13cc82f8d27d686fd24562ffec20f6600447c460ff33475c58042";
            case 145: // KEY_CHECK from the client
                return "b94d5ef25be437fe8bc60ad5b0d16ba38ff932021398125e33e2f4bda1291a1be4f201d259db556a7c31b72e0bb8c184214729f0a202e4a97a330fe7c1288c925388447887d70cf7b972532953edd29b9776d26b4a931033cb22e6155ff7381e25bf2853c3f09b9cb69e7847d67a2a009df4a31737f795a1562ca11f6e5807c9cf76a230d4ae9f01cae544c22b51f54c365a9e00a2be9961cd00c2";
            case 147: // KEY_CHECK_REPLY from the server
                return "869288a92b5d25ddc3ce1b7432716cf9cf910b5b72c1eec52d24f1efa47391fb308cc71c06ed18d13226f0248d6cdb980bc53df7e24bd0d864e790f063a3dd1072fad0c417f4e4d1c6c8d8307d6f3f263a3aa4925158bcf16aa4ae908c14cc6724db50da629ec3ab3af8400036d5a7e524335fd6f9b9d8d930e6";
            case 152: // RST from the client
                return "ae689958c5672151e923996b7a8afa89b9ef39a669e5c16130bda061759cadbe7da7bdd2a96c95684b2f58d3a242ee7bf2c44bdd5b0e93475776f9be178212a6a104de8dd301";
            default:
                return null;
        }
    }
}
