#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 152;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "3a0ae3241d60e4b6be5bd486d27f846b4bc2d7c8dfb822cff2311102597be009";

    /// <summary>The first packet of each kind, by its place; null for the others.</summary>
    public static string First(int index)
    {
        switch (index)
        {
            case 0: // CLOCK_REQUEST from the client
                return "a2d29e336c27684c366d185e9d3c079aab6c03de6a8831675799e2647cc850a200f1ecd132bb1d75fc09fc841f18285349b9";
            case 1: // SYN-ACK from the server
                return "6f21469b89c49e23570c34457cd505cd4711f54240687be7d597490579034df7b41efdfce0605ec79ddce944c5a4c74feaa57a33fcf768d3491dbd2d4c567c8554cf451b289d15c6c910ecf8cea59b6945b40f35c86f32263570529fb95186b90162b7b3fd054b693115641853de8dd20cfc9dcee81ada0e7bfe4dbd056bd4310b348c8052";
            case 2: // CLOCK_RESPONSE from the server
                return "1ccd06c3bc25c3095b81ffff082abeb2a4629ca9d703714027f5e2b79dd89174cd4368a5bb6694328fa246dc043f73bde82afbed4e595c56b487";
            case 3: // ACK from the client
                return "74ed1eb654a41524b051af478837ffb6530605fffce169f7b7407700625df93eb8be4435a4a5def370fe61531e9d4bbe3fbdc692c71e4e4a2ce39cb72c61996e";
            case 4: // HEARTBEAT from the server
                return "da34706d941f2be6c5b665399f1752a5c725c1df78b06c6b3d8d7b2f663667ecb0ee5527904bd621b9beda857001dda7016b6b16db94";
            case 5: // DATA from the client
                return "e2c853313d61f9c4376994a04cd1983be1ca248fa836c3ce538f4f9d97ef1460c33401d7f568ba732d98af8d8f13588bb45af6ae03cb7bf14c3ffa2f67dd94cb32c5760dc561509d28cb662f69fe5fbb291191634457e73e69f300";
            case 6: // DATA from the server
                return "d00d066e9d335c4114a633310a4b49cfb0cc616184fd10ecaeb44b965f29d0481b3ad5df81c378305ff82ff438031fa910c702a60d034ab7f0662c389d9d42f00603631c525ed7654960c04cd3b64ee2f712b798d5eab5d353388a";
            case 10: // ACK from the server
                return "aa69746ebdde36198e0bdcd6b2edac4d08aba0d90f1cbea4f0e04bdd5c7209ed476774f2e643803dffa6e4a2be8d3598";
            case 11: // HEARTBEAT from the client
                return "42f0f7e15774fde9bc684c8708275be8ed9e2739410548cd4cd0fa7ec58a52654c3065d7867479ebe1671c80491f981667cac1fa6fd9";
            case 17: // TIME_SYNC_REQUEST from the client
                return "2959b75c91ff7c6a429d2513d8584ca8dcfd2615fb61238b4680db67d5cd329052719ee971b6cfa73d028facd7625af0db5afb57d380";
            case 18: // TIME_SYNC_RESPONSE from the server
                return "b5255cab70a5b0f1a3ab64ddeced9423a7310302833f46e880b0d8220d3c0c72eda31f30ef2d34cd8416cbc905595551b4402a71120f7b0bea850f7aa7d14bac43659a3b2d1e";
            case 19: // REKEY_REQUEST from the client
                return "8bbcb19835ffb4f746e7fc0d710c49f5fe522b3997130ba710bb162a9a16c783627f1937f3086f1f0414f4e75d1569d53470ee2e558cf9eb6436e91917ac40f8bf2e8155bd0f304e4451555a39e28ad048f7f668cb685f4755f029f2df0d0c0ec360607637ec406dd4965501da0bc9f5da24";
            case 22: // REKEY_RESPONSE from the server
                return "24b94797f42608a65d2517cc078549714860c43a61499bffad41fbac8b7a322d3c6e5fc765f5b27222165a562181353c2d54708581504918a1324390c64b6ac3bfebe0467509a453a66037641713c867df68f47395232a493c8c1d1287620aac003dda9da19f720ebefd499ea182f29591ba928a460bf4c578f0457766b6";
            case 51: // SYN from the client
                return "dcd6dc33215c492f5f8be27f06e9732566618cf19812cc26c36302945611a890df8114cadbd9b72532f703c7a628a494752a4a7a42d53072f6ccb08b6a9a494f0e3486f605d8928b81a8b3878c09977ea03dab265d8feb925e84035f901ab116d2d13d7ab26f91e99b6b45e6f9";
            case 62: // REPAIR_REQUEST from the client
                return "a1e85300c41d3b41ad1895382356df9970166c439befc79fa495090d52fa75c3acaabf603ac87c482ef27962b6849c868083d7083fd2debc7ea7fedd3343781c37eb3b3ee954e5be46e23f80f7d98c90b0c72b5a7319";
            case 63: // REPAIR_RESPONSE from the server
                return "bbb316bbe3c20827e33cc04c7a373a1af2bbb74dbcc73569e3814131eedf402ae5a8efa4509c0dd528b6a4983060f46e16453302c70340934e87627bb134750d3d1fbfa3e3e78c3f245bbf0117d87e4e62725d23c0e251e324c9";
            case 64: // REPAIR_CONFIRM from the client
                return "006ce5501c700c82a5ca608f9c4cbd40e23d8e4da70537ef717b34e5eba2228804628c0271b359e6fcd3c65d4684cf84f5416872aba1";
            case 75: // RESUME from the client
                return "8898753162fcb8567932f7506cf6d7ce62f36b77bf93191610ab7fe134c92a151d95951261a081bd7eded1dc4aacca7d9f0dca8479afa73f3cf5ff6e0fe08cce63c9";
            case 81: // FIN from the client
                return "eb9f67f98e1293d00ef0c393dac184fab1cf5c132d2c50ed10f9791554e76bb1d514868d17335d5e60b761155625";
            case 83: // FIN from the server
                return "69b87ce9988041232a05758ba79ffc0e1c43f4c44dc28ccd933f40fcb7350a50d25b58d520e7585d058f7239f809";
            case 94: // ERROR from the server
                return "da0942982ad2bff7ace205bdebf4a0143ef9a765356f4f746c334b4b55581507d4ba4dcd977cd04dff651b68ae2667e54979";
            case 102: // ERROR from the client
                return "3540f954c0c2f2abf5dedb2073ded4444c1dc562a58aa45fb0ad7cb58a6f52ea77319f11ee033500f6c0a7aaeff09143caf0";
            case 143: // EMERGENCY_REQUEST from the client
                return "a7f693bc2d589985a504ca580cb25bfa580b4ba4295a7b5c9529220dfec70781fbeac134160d1410a2635fd2c44d20944fceeceb692581d49b9769cac88565c6d7a2a4c00d463e3cff893333800718053235a1f51d4db5bd9b0b27c70f3c57fbe7fbb4843b1c81333a5fd45ef3b36b33139532cbbbd464ca8015540c4ba1eb84f1375e89f38aa3ba613b83d0abd5f3";
            case 144: // EMERGENCY_RESPONSE from the server
                return "a17d0a6c65bcddd576ce03505dbc924e897da3e612ecf12c8bcf342d52c32ca4670d7b105364f59aca385836189e62ef5419739f23de32768827cfc0bb8ee85faff879c4b8b04bed6cc90601b14f2fbfb16b461f7a83e8ca64570a08c9e5733eaa55548d9be2febda228bfaf1042adf146a8e1aa4544b44ceb7a";
            case 145: // KEY_CHECK from the client
                return "a40c1c739902657b76837a61464ea59bbdd1c1e54506b05291c19ec8752a75040e8467cac1e9ce9f478a2ba1b44aa57df383e31fc8ff7d6c5e8b00ea0002c09928915c12f95cb467abd75d38883579af2f224082ccb3fd66fa93beb7f2ed6f6e";
            case 146: // KEY_CHECK_REPLY from the server
                return "a6780bae06744dae84be24b48039b5b2ea94ec9090568daa3c7ae8cd2792896e384d01ce6f56f84ba1e9a9182ae7a337c4e196ca11340bf8c750521bff23f9ab25af";
            case 151: // RST from the client
                return "52f2cd5ea504556fcaa4a9065e2de9474884918d9e52d784d033612eb54cbe747566be5224593a85db0551";
            default:
                return null;
        }
    }
}
