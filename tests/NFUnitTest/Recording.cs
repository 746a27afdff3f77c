#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 155;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "d23c119956747cb644386396ff57b715bc5568bdacaf5ecec359b41641d7aed6";

    /// <summary>The first packet of each kind, by its place; null for the others.</summary>
    public static string First(int index)
    {
        switch (index)
        {
            case 0: // CLOCK_REQUEST from the client
                return "43bb59cc62edf12e5b8d5c8b284c0163afc5251a72b7651cf5b91a90073273063261f42f2a1eac651a3d8c92547f4271ad46a4dd7188a5588d98026b82848001190434b60a8be71bacf35f2eb5e6aee254c8e962bb5605f184b8";
            case 1: // SYN-ACK from the server
                return "c1856c48de44a08d51bc1609e01111e789cc789d0f887d6a12f0b4841687241a1a5244cdce24a8cb894b18555f7f54aee172b60ae8d2372b1112188cb5ead5cf67b2be5b5f9617a73a6d5f83f1f48578d723c9ea06c9f7018d02b1cfeb858295229cfa23718bbce6a9e39b71fa0cc5613a99c1b82510176d9106a336a27b968319618baf7954811eb338a5cab3c921b5bdbd00def4a43c1de2fe5a8d5139b7";
            case 2: // CLOCK_RESPONSE from the server
                return "b7186877905beb7fd9b415c96aeb64d186678b7d40b7a6032f8e52e2946aa18f85368af0a25634ce70cc0615affcec91516eafb2a175ca1a568b73936ad0564d571d44e840761c99a62f";
            case 3: // ACK from the client
                return "94e9c3d31b6bd3dce36987619d067d14a88e04524e611d96fd5d7ea982ef2967a11ee19407d5bed4a7ad1da5cfc96ae405c593ce8eca9c924873e33ddee7fd94cc526e7722a3b3f5b828a8afd636c8fee440d4f50a4f94657bd44ad9b8bf28022b5fbd30ab786a42c48c1f841706e90de00c98ac24e53acd7625e802e1ca2f57675fbebff9068d49e5290c77bc760c9a8ea545426cc5d8";
            case 4: // HEARTBEAT from the server
                return "b718c0d28b2a5a73dfa88138512f0059e7b87f5edbd40976d38be28e52f3b398d4025f561746e70d7282c2533320f0cb7cb65d033419284ccdd05a1e9b7a4920b5ae7ade88ad15216039";
            case 5: // DATA from the client
                return "4ab4c2a8bbc37462ec7d05022c28c4e0d07179553e786ed1c223b8461cd61b099a424cfac434a5532bc36302eaae6b32910b358af8b3bc8e843fb84e52d8a1498b8e9245cc283ce6ff9b479e72f555abcb89138703d5d6adf470e9b1022d16";
            case 6: // DATA from the server
                return "b0359bd9f0143e57116b24abfe9183c82b3cede1c6d7cf6e2322bdb741126ccde2f0a36cfe9ff31711ef74c5c4334f06ce190a55d2c139709de967249e2d72bce670dc6bf759bd4219c1b6e23ac2e733abcfff2e14ac76d9b4112882253800";
            case 10: // ACK from the server
                return "121b0902ad04a5fb2a8585e18f0081d06400090db59e955becb0c3d86e8ddb65a767b01b9b3d6578298090f71ed56b0b2b01664a";
            case 13: // PATH_CHALLENGE from the server
                return "9fefc4dd576a9e001e10439a118443a95dfca63b5505f7c98e93b86b2595245af859002a98bcd178a94b33ea5487ceceb23aa4ed8786823d891152b44b8760c489fe0f245ea56933a814f232287bc5922e4c7c7c3467edd4b77b0750cbfc";
            case 15: // PATH_RESPONSE from the client
                return "8f96207a287bff600296b22b2cfed7f754ef14e45a982589e45051a1862a7fb5421725e34d317fea02c91c94b5a728f7852894c1aea44488c7d6277507df6e7e9136f2d7669a674675e2b258907d34a8d29e7d52fbeadc12";
            case 20: // HEARTBEAT from the client
                return "bd14e7fdaee7600069e4805c5cbb396a30b5c94fa08ae8d8ef472a6ffb951773ce7a7ebc9c941cc7b190819bfe20accfa87462aca59d82da1d2775881ddf9e8631bd50c6ba4c699ed59f63636489669c4ae8dad42ec91f58b6df8d225eb0c8ccd073f8b7cf175dbdfb26b39db377";
            case 25: // TIME_SYNC_REQUEST from the client
                return "da11e8beeff87012d94a475d17b47bfadcd2e93f78f2f76f5f63d340e08497decb5e5c0d7d08018cf2f479be27894a138ab9bca4c24e5aa2d066eb3130469017eb85176c53672403bf33457b3351";
            case 26: // TIME_SYNC_RESPONSE from the server
                return "122dbbcc36e93b32bba2e278a98d9b46e2614945b0e816d52a96182475cfcf1b81fa302979d07b17191dbc2fe49878b3f23711c519582a2e7072dad0ad61042d861f06a5d58db4d9ba377dd52673378c0d75017a245c9efc662bd2";
            case 27: // REKEY_REQUEST from the client
                return "73e6440135620469846c8f5b2be16049e25528d8bf9edd18b43a64675ab1912e03cc8424a186df5d85b0ab4dab49b3b5546770dff8df09ec071b046f4f15eadb3b43285cdec03a2b99d10ff7de3d9568fc0f68a4d29baaf9c2f054092deb4a40f63135094fbcf4d71b7be9a8b1e340f3840bfacb06746b02e98568b2dc541b109a14b097c99116a47dee8736f24303f66859bd0e79";
            case 30: // REKEY_RESPONSE from the server
                return "9860ebaa9d6119d31e50c568eb4d4c2a88795548de3a93a99fbc5c07c280a25b12cba4af3098090c8711bdb0f31f9f0fde376b164cda2dc4f5ab3acda68ceb5c9050864816215e8a2e29b92d38647ec08d6297a4e34a6851f2fc9a7c8f5d6355875f6fb4ec2b1d555e6763f216818a9b81b85c7ce12bfc47bc01258b10544a39f44d083b912aae0729ac6fa93ae3188f3b8a08d02028339cd17931c0eeaa59ad475bfa";
            case 42: // SYN from the client
                return "1b3b0d54e5e741871d9d5e4824d0e5a262ae1426aa85b71da602c39e673e70caa2454d75a07af734b02e549b5bf4f0d972d138ebb3c34a71f6ee86bb37ac4aa0832cb5a85c9edecc1a0d63a2839a1c9210540611918467c5b0938e773127af14459d28fffd816e3c6f401dc789144a6938f2a425c6751b7f62419c7f887ac68bc31aa3c6583bf5e3c842750e31183e770cc70d221df21f85add0e40d846765d8d86b20a6ede3ccbdeb01bbc1c452";
            case 54: // REPAIR_REQUEST from the client
                return "dffac9f68a2fa32cc34ba29d62f611d418372267bb7719d1e6e32ff771803556ab74c3463f1d2dcb65972871ba082d60cf9f6ebea64e574e3329a8c20192c43f41c85f4cb07280fcde6dfcc0b55d50d0489159984c3cdc866814d5ae1b6e4cfa0ada7b71b865edef49bfa3abf1914480fbfde0df108d7dc0a1";
            case 55: // REPAIR_RESPONSE from the server
                return "62f62abf5d843fb5adbf7387df1d6eca543ddc93deff3ca2bf138ec86e78325660857471f75b3fa42b72f8b8c1f9d7d21d6e24c8049f6e8314c2ed790d89e27e29579ac3cfe4716ef9baf29aef795bf54d237b2b3283cabd54c6568314e19270e8e77625dc9e08471b056889cd072d2483706e78dd7f601cebce3ab0efd7cb15";
            case 56: // REPAIR_CONFIRM from the client
                return "80ce2750ebe7c6fb8d77e722663bcf6773f8cf9eeb8ca28eb63d7d0c2324c22e3b93ca620df41a4b09c973e5ebbd2553c1455b591bfbc908401e13d2";
            case 65: // RESUME from the client
                return "407abb8cf949e4b9c8d35945a83080b24ab5ba5440d18f3bc5fcb3be17758baccdc41a309e90936f415c4f6f57683cf7c0d15a1f51d1cf906d1a66ff22344b1c6f56f88f8467e987333a53406f05d66569dc8f19";
            case 71: // FIN from the client
                return "e3ebb5f121ac6008b4fc8e171a34010bd2058c5d8ff064257150ac13614f24116a21a33bc0183e51094868f12b07cd627c25168f09efdb52065438e00b20b569d81e94b1a60728b2a57c1c5a587d290a";
            case 73: // FIN from the server
                return "29171d857b4266262d1b7fe00891208020ae59790bdc1418026b5dc6dc185c88c7725804024c6a5eae76f710000047";
            case 84: // ERROR from the server
                return "2ef392bb2fde49bda75c3132fcc834dbcd1acbef0dfbf9262c86b2d9763bb19e149b084936d9199bc03c1f138b14e4e3e2a766b1b25b8a7e145d5402de709d10e6b6d7402405605dea313b6538ac94d1a7186585fc57f2d4db7bb8706c682f4a3df5c3b64bd9750354121a";
            case 92: // ERROR from the client
                return "a6d2fa939073d08ab0c1f62dce571d4c24c105107e5726879096f2c6352b9f0f490642114c6ce03483d056cc2600aacc92a0160e1c08be3e505f0bf0466c5c85d7dd5b01bacd83bc";
            case 146: // EMERGENCY_REQUEST from the client
                return "8b797ef228d00a8121e03f7d65cbb03199c6ffaa74cd62df935ebed4da45557b0cb6750898b4907b771e3254e30f0f6372608ed1481b15c3c5668e03d8fa31ffa11265b295cb7073a28ef4dc4a6163de5487cb8d4cbbfc56bd8aa6f2a641af3e1fb027347de7734039ba4eff06954d89bf78cdfbe3e2a9c7ba5500497649f23d431e2a875ad3d5d49495cc27ea279104255ea83aff924563ed374f2de1b82c84da5d637d8f47d5af0a84dd679dd7ba7f8b83374ee94d";
            case 147: // EMERGENCY_RESPONSE from the server
                return "9e53a9a64fb018f54925ed27210318d8f79c04e3baca4f09b2788b9f346c0f7debf068ef22fd1ade625593f4cee42a58e8f8a680691db5b3c65bb135af205aded14f9ea75f7b6c0247aadc34c28944bd97ac84ac363427a603673e8129cf7fbedf400c80dabd122ed1a5e559a66a1ea674bb4bcb1a7f411c3f65215e46c46c7ebef7b69222952be813b7baa851";
            case 148: // KEY_CHECK from the client
                return "b786366be3f9af8d667b8f6fbe2388d29864b7862399f92dd98f16365c013966b2fabd48134e418ebecba2d91e1a349ee3948daa13a761aa68b0e7e640434a45497c8122fa3b0db8023d3f5db26df8570fc0b761cd07047b4d6674f4b09cef1c83";
            case 149: // KEY_CHECK_REPLY from the server
                return "397a1bbe120e63fa40aa14f6649294cf70c1ae69ee4b92b3c521f7cd93b5741ac32ef3f57f04bdff12b6fc904b0a734842965604b8a750027120c2713314ce505af7cc8a482747380ceb21d517528b710e8acea1d8f3f72ba39819d657d81e33c301619bd248f401b3b9028794a76f18d6972740c0";
            case 154: // RST from the client
                return "0caf751ef84294edfa54bcade05e75081ba392f061fb5d5d4fff39ce463bd25e9e9a2dffa525c4bf3a6293eeeb5a71dc77ab8b545d43309b3869a68d4ef11d0d547006c71a5d3629b162cc5043bcf9e95514643b08938a5a85";
            default:
                return null;
        }
    }
}
