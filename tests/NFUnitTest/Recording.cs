#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 153;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "e10c2f6aafdd962026cc44638bf49826f69338165ae8758017f6979f00457c63";

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
            case 10: // ACK from the server
                return "182bea19114be037f7f4b3367b00c3e82dbe0430aaa656b12076cbf7fcdd03019ad3d623619bd0043a4486f01265ccdfd993428e";
            case 13: // PATH_CHALLENGE from the server
                return "46620bcea3671348c6588512a365897908d12b5c6902d2a4203be932f9687b831cad73528b0a4f7d767e7972f47ebf56e3eb91bdc4fa25bc11772c05863b93eb3e444a5d9566";
            case 15: // PATH_RESPONSE from the client
                return "1afcd9ff6a38f2028dfc44b3c8dee99edab145f1f369e9fb5fb27f4a220637731d6ab569abd7e45c644b8f8ec0f0554f8b6eb40e4042e02df838744b5700540899cb48ca5455cbe9e39c5ee8fde73ff813252ba43ac79089c77968d30ae0ed3fbe2213e11d84a9a72e45";
            case 20: // HEARTBEAT from the client
                return "56fd1607a1c72da2a16edd07c4a5dad25eff051f2cd8368e5902f50e6de438d6801f00c11d4a1a858c21068f2dbb7b1a483648a2b05b271702f4c12f7c01d614c3b20007fc8edfe3d4";
            case 24: // TIME_SYNC_REQUEST from the client
                return "e9e4d95c5b8df29fc3b1e9c01c17a248db2bcc518acfd7859827b0ab0e73b9bfec5fb11be101c70f172842ba2ec718add5031e093dcb4d639206e9c61b564afa053ac806d717c0d925e5c2bb50e1";
            case 25: // TIME_SYNC_RESPONSE from the server
                return "eeabdd137e666d4d8b448574d5e6270566eade9357681ca3402500c9af33305f2d7adca58e06b50fd8c0f8c70ec0a6d70f9e22870b02914e59aa05404521d63b6d13b0c71aac3e4821933e7f27f3da0dc9cb81dc98aedf1f6ee54229ffb10dbedf6ce99fbd7cec926f3d18";
            case 28: // REKEY_REQUEST from the client
                return "dd6eecf4ada9d39091280a478d33f72e15cf6c08dc51ab1464ea0d79d02a4d5eb45e6e428c2c07f1d54f7ef6884cd2789f42738e0d78ab609973ff16c89067d90b5cb8999e23ec643c713a97da0f9525474912b74f386f77c45752ee88d74a68f74fce7453a2a460f90c3bb39b54efb407044f307b9d5de3b32c33a5ce77b08bf8c9cfddbff1eb7b7ccc4f380f30ffa6152944adc6a1a8f365cc49be5b660bb941878924e81b23";
            case 31: // REKEY_RESPONSE from the server
                return "cd848b87f65fbe446d06bcadb4bc3457bb57487bfebaf4bc85f89c3d2c3032f08456ac3a030b45975731e9a1b91345dc09406b6d26b5205557a424437ef3257c29d8eb1f34f207a69f4ab8f16fc9ffb2af38893102e7efcb0152d9aa7d22a7864167c613c5b28cde11b98ff2d2da4c5165834f6004603d3b00a19e2a7d6188f9738756";
            case 43: // SYN from the client
                return "b76bff454017fd44d95cbf58115eff2e277ee08ec2f05525cd56dd375db151369a747d3ddafc035591e2b669bc5c8c99a14a6c03d635efbe392096b5cb1e940d946ff514e66995ba57a6207847a4501f8b6058818c25c1bc1422e4f941b42d606542f9de38cdb2c219452df678ed924fbd699d72b4f5dc87707820febde9661282a8d345aa65f7e9e7d3ce3c204243621a2264c6194452a3c0e2";
            case 55: // REPAIR_REQUEST from the client
                return "025b253e6eb0177d7a32c95093589690ec34092d1eb71bff37723e18ab9a7d0ec090b39206e53da5ed4fb3838e8fcf0594f1159b50657eb22dc525fa934c0b46796a43baae305a1da790343358bde96ab4cbe67d0251881eb0b398b1fc8da70300fdf814f0a5045c808c5cdd83785b74f73b1309981d511ed0b131d24fef736d676e";
            case 56: // REPAIR_RESPONSE from the server
                return "d815e8f58760cc1ea049eb8a861a1fe0199ead969ca0aaf9f4e340a5bfa692f651b2f0851985ee78dfe80d9c85e9301ed13a7e780ea5d03cb6e2f0867a47669f5178eabcdff153527a02964cef3073dbe9f56b87300c26e46cb17a";
            case 57: // REPAIR_CONFIRM from the client
                return "51c3402897af05d6d5e2ffed1d6f26169e56c8c856ea183f59c4ed8603490bd3a744059864830d3d90593de5ed73dcefb9c16c56c07e74e02ea8cc32685e7e278285ac8b3ed9";
            case 66: // RESUME from the client
                return "2a8d2c13e547e88ef9ee7917a0ddce996899614eac3cd3dca91a8366c9cea36df578da5618b8f4ecfc9805ec67a0137973679025bf4fabeee78e62f9bbc1991903a0af4308489f2e640571362bd2322fd1";
            case 71: // FIN from the client
                return "e85622495ed708206fc437150b37f01384ae44d83d10954d179974ebdc78aa681bdd5469ea24fc3af1bc9843ebe637902398";
            case 74: // FIN from the server
                return "6276aebe2513d05d412edfae802bcb2e05a1cbfc11022df7668ef04db27f4d25ecdffded1e3f400cee1df21fc99fcdd5613d8c3bcf1be2401826fc2f35e52f97cfb1921485032a7cc4d3cd01004f78bf3bfdcca8734e6dd359938f016e35";
            case 85: // ERROR from the server
                return "7552e2a28094fe4fb7bfad05ebe5fd67e43af8b769c1e77522ba5710855ce3ab8d03d87c9c4d556c411b23ef5b0e7d3f422098cad111f5402d18243d0e0e3e";
            case 93: // ERROR from the client
                return "4b49ae55c2c81ccda0eee37916af24bf8ebfc33b0a84866b633a2e232f735c46ed2d84876c1ee0e18213201a66ec0870465abfc56de9d1d7cf";
            case 144: // EMERGENCY_REQUEST from the client
                return "7b165113c5e8d5d1957914d1ef643f25cc13857b0fae2914135d1366c8c734beadbea80c13b24380759b7e0180e095e856f5d5281592694e4182a44b0938422f64cec193b07386fca2b5511fff6307910313d0b7bb100a2ff405a676aadeb05820f9f0f76333c6d35aaf6951a2a09562f637df59ca0d7eed259546795a44fbd3163e1cdeedaccfd78c9999646451487e24b8a8fb260f619ff4b908f9cef87bd6677b7341dea76410478c700b550f852efcf84268b4a79dc385014eeae7196443069ae6";
            case 145: // EMERGENCY_RESPONSE from the server
                return "a2916036a3b105e8fdfef3ae62f6ccd53fecc1e92ddc08958d8cb115b1aa49688f4f251e6778bc75308c2755cd98cb4edfe3a849fb7afb1376b60cbf987d0e33343867995a5366296eef930f12a1ae4bc18e7cdd2644aa48ac6e81445ca161a9bd06d88f33522fef33c13d729f1ec28f8ba063467ce46065d07d7b6fdb00108eefbc2ff952e92d3871adaea87c790e70";
            case 146: // KEY_CHECK from the client
                return "222f7c8e61fadc5703eb30609536c94fcad96f49374e758aa1b7f4bda1291a1be4f201d259db556a7c31b72e0bb8c184214729f0a202e4a97a330fe7c1288c925388447887d70cf7b972532953edd29b9776d26b4a931033cb22e6155ff7381e25bf2853c3f09b9cb69e7847d67a2a009df4a31737f79556000f720b8be29f37954d821bfde8a6";
            case 147: // KEY_CHECK_REPLY from the server
                return "e2318f676ab1ab5a295149fb789f76113024720e355627f545c9f1efa47391fb308cc71c06ed18d13226f0248d6cdb980bc53df7e24bd0d864e790f063a3ddfe973b135eb7d184ac0ce486822ec746";
            case 152: // RST from the client
                return "220cec2ed7947559fdc179173f0a9bb180c5b99baeecdaea661ba061759cadbe7da7bdd2a96c95684b2f58d3a242ee7bf2c44bdd5b0eb6dfcca6fe7d061f2eb4a490831e563c";
            default:
                return null;
        }
    }
}
