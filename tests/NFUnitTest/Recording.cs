#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 154;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "f68fad407ceae310b7cc90f4664059951da3e36291ce66f65bf19a64c856f89e";

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
                return "edab30ddb51ed439ae8474ed0818e4dea798476e96cb40afd1380d79d02a4d5eb45e6e428c2c07f1d54f7ef6884cd2789f42738e0d78ab609973ff16c89067d90b5cb8999e23ec643c713a97da0f9525474912b74f386f77c45752ee88d74a68f74f9a590d180618f3a3ad0a962c14483d11";
            case 31: // REKEY_RESPONSE from the server
                return "cd848b87f65fbe446d06bcadb4bc3457bb57487bfebaf4bc85f89c3d2c3032f08456ac3a030b45975731e9a1b91345dc09406b6d26b5205557a424437ef3257c29d8eb1f34f207a69f4ab8f16fc9ffb2af38893102e7efcb0152d9aa7d22a7864167c613c5b28cde11b98ff2d2da4c5165834f6004603d3b00a19e2a7d6188f9738756";
            case 43: // SYN from the client
                return "53eec647919c1d044cf50182ab8d0d9c4f5f2dab2e30201d9c248d991a5833f8913ac6fe98fd8454d835788ef7ac8b392acab2755a340a38438ea43840b00a3386aaf07293bf5378319bea8348379dc55e6791fd0ed1818020e5053b4f2bc90e505be4c22a6ccded6ab25271ca86f8a2632aa15d9673f008e52732ec9324c978baa380643fc575303d4e6c65359c5ca1f2cb8180794236053d94";
            case 55: // REPAIR_REQUEST from the client
                return "b51823f1ab886d3dfdb17690ff8ee77c88c98821a6e206c4c7023e18ab9a7d0ec090b39206e53da5ed4fb3838e8fcf0594f1159b50657eb22dc525fa934c0b46796a43baae305a1da790343358bde96ab4cbe67d0251881eb0b398b1fc8da70300fdf814f0a5045c808c5cdd83785b74f73b89887102905974c9dd68f091f78794f880e844f908ccd057b02e34";
            case 56: // REPAIR_RESPONSE from the server
                return "6aa0c2e80c00bb9af6170f04efc6e334647492afa7a1ac611cf540a5bfa692f651b2f0851985ee78dfe80d9c85e9301ed13a7e780ea5d03cb6e2f0867a47669f5178eabcdff153527a0296e9424e1bb6c6a30b45f03440c472bdd1";
            case 57: // REPAIR_CONFIRM from the client
                return "1bcd903d3ac809fb44e78155c24c8ae3626b0db99c5d98fb8fd3ed8603490bd3a744059864830d3d90593de5ed73dcefb9c16c56c07ebc95a45ec0d9057170acf0934a290cc94ca412188311";
            case 66: // RESUME from the client
                return "cb28c60be70419712db3e2b9fe468b7b3947f7edf3cc734f7c062073b29a818d5b7c395103a804215d4a6cc0f0fa5572a1d9ab23aaac3bbbd8418a6c53e171870e19147d142a9178dbab81ceba31b62e4b0db7bab405baa1d9d5df2ffcef72cef6c8f2dece843e6a46192906b174b6";
            case 72: // FIN from the client
                return "59ce4fe78cfe2da161babcb309036affdc5c64bb2773531b6219d448388f2d19d96cea4d164d315e7b7473a58e13a2c4a29c";
            case 74: // FIN from the server
                return "e6fef23445e4109faaefb93374b654787cbdc0b95c2b3287cf8af04db27f4d25ecdffded1e3f400cee1df21fc99fcdd5613d8c3bcf1be2401826fc2f35e52f97cfb1921485032a7cc4d3cd01004f1fb0ddd801fc3a05d2d5354d90dd2a74";
            case 85: // ERROR from the server
                return "e88cfb180a9ae063e86c444ede7dc651f747e9d53f186f5003355ad491cc69a9ffefd7cc3802deaee179a0be65579115dab6042dc2b4da9bcdf6a34c5631bc";
            case 93: // ERROR from the client
                return "02209a12fd6195f26df3210ebe79da9c075b544ed94edc47e2e55319376705d82ae9236b788deb1045fb5e07cd97ba09ea4c17cdce6973df93";
            case 145: // EMERGENCY_REQUEST from the client
                return "39bc584bd01be625ed21993927fe9e0399db92bef24b9e220f6b43b7140a7ab7a8f613d958adfc04cf3fac1f775ca08b892b149163acf0f4287158d19ec004e35a2613a9cf0da1a9f1ad5c6b07ea17eccb4d07242b10483789cbcfd3e079a7ba37b7348cd16dfcc9a31bdeeb6bda593c4e60ec88606eb60a24d063a81a4e5036114168101995b96f712762fcedf964c7b207d1e7dab728a113f859953b85d1c7a8d0b6a3a71fd3787697479a8ee46562201828d03a1a";
            case 146: // EMERGENCY_RESPONSE from the server
                return "d03484f494369969dc8932eaa468c036691244ed9619b6560f7489f3c093cc4b56cbf5f3132a06df97422ad3188dd6cbe04b504eff2fa4bec495749e82eea1b6048afe0503e2290bebad1fdffbf8fb7d96a74e6abafa27bcab1ce0d2e044d97c60388430e3f98da7fb65df2784423ab09e0df49bde960bc001251ef59714e56a839c8ca12ae3179e79998cf1689e633187c383103faa4e200ccd24ddf5852cb2a46a0a45288d3ea7fa9d99575f";
            case 147: // KEY_CHECK from the client
                return "cba24250d5d29e2f97fcfddd5d9a3e087510b362490157302a551835babc47080056c30cac8ca4281f1cc149d8faac5f540c55096d3202fff75e1bd6e66b61d86cdd26d7013717b28784c830574d1e5e255c7139a3932efc9613cedd7637acd2a76a3f2f0565326e9ffbd7f9a55d8b9ac7d31c747eeb9a518790ffbd05dffa0eb24aeb749c0c3d23dabb9e31";
            case 148: // KEY_CHECK_REPLY from the server
                return "202fcf9fc8bf2da4b3297c739fb501f44cdae8ddf9934780b5ad1ad2038ff619768c27afe26ec0cb7989fb469bc20c2da834ca0e3301dcd7f68b1ee5a126da3aa3018c03981e6241d4";
            case 153: // RST from the client
                return "bd7a90247ca0c0d5ded50ffb9ba4111923274729d9c5699375f12dc7578ea9dcd73a115143690b4f58b4534b4ce6293b791131def1dfc75452fe37e6651ce2b05d3f6bdeb3c355d93af1254bbd";
            default:
                return null;
        }
    }
}
