#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 155;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "5eafa61285aed8e50ab40ae31c0c1423f7926abdf19255ee400a28bb2b903d30";

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
                return "3d4e0450788b3c9926927c1d2b1629f6e5d21de4da64bb600b26b86b2595245af858002a98bcd178a94b33ea5487ceceb23aa4ed8786823d891152b44b8760c489fe0f245ea56933a814f232287bc71343bbd99734dc3315467ff86a053d";
            case 15: // PATH_RESPONSE from the client
                return "2a96bb2e2e2c16cf7503b66a76e40be244ce1db2a1bf84f81d5251a1862a7fb5421625e34d317fea02c91c94b5a728f7852894c1aea44488c7d6277507df6e7e9136f22430e97a93e76c3dbcb40bbff8c85c55";
            case 21: // HEARTBEAT from the client
                return "c1eca6f45a4b87ddfa7b462ba08b56fc620f5feced488bd37e0e2a6ffb951773caba7ebc9c941cc7b190819bfe20accfa87462aca59d82da1d2775881ddf9e8631bd50c6ba4c699ed59f63636489669c4ae8dad42ec91f58b6df8d225eb0589b838cbea5dd405219328c63403a4229bfe71b08682eb84818b8ab44";
            case 25: // TIME_SYNC_REQUEST from the client
                return "d72a6438f65d6921571a50ed5f21cc4e9dfe7f8f0ac80cbbf8278e7d6de4360360eee21ff639694fe7733385011cfddc02fbfdad52a17ee3c92bb9afec557362207d7b998a21091b5eeca9f4eb213d35a0ca";
            case 26: // TIME_SYNC_RESPONSE from the server
                return "45976b50affc4abd0bd23f901a110bc3e763177d4141790f81a2b3b02f60f272c6747bae0df031ff194f7c6d10fca66556bd3a0542209354381517687b1208ed4da2cb9245a1e27a31e99981915834c1e9d213033f5584db770c9b1c02c31e6ba45dd5bde8e2c93874";
            case 27: // REKEY_REQUEST from the client
                return "e40faffda43b88091250a9253904490846916494451b25dbd6055070ea0597de9bf343c18a11041b452c0db2d60fea5c82d84c80e82a364bad601bca2090eaafc308422abd97e2decbe23b224ca7f7be0117d66dee178448dde3c520d572fa0cc47cf9be369466f9113d256062a99c91113a0eb8e0c65a2294270f50ba37b3dc22a4679a71d1c147993fb0116a417bcd13d72d1b07";
            case 30: // REKEY_RESPONSE from the server
                return "f89838ad883ce3b990adeee867a00be3f3f29494d05d6fccb0c4e997995d52112be7cfb7246316c0f513b010a82ff391e639e9c2854fd8090734377bbed75d5d0e1cf07fbd550d16e31e490b1885a6ff5b2895a4251bea1d94e7ead3d257c9e556a5ddb4ffed1d6bd53521d25114dc70d403c92352caa042e445e91e8aa27e1b0d9d578e969a0d480abdf6d311ab0675d2f3bd6d7dee727ae05c888bab8e0bfbfdf9a6b0d44097d284a734dd7b";
            case 43: // SYN from the client
                return "9fb308ad805d44f39fdecaca5356765a17d7f8f648780600c1ef7fbdad3a09c668c8a81fe987f179de11bc3a53c4c21b90562558875a28535ef552db6a6b0c39872b1719c39eed418ef43c5f349d2f2437e25792f6e8f25eebebb19783646578c1aa57a64e22eb3fab518409e0eb1d5b984662e36a568de57a1b760c16bb7fd788f548938b1cd8ebd5ee410cd2ed29b3689a36c0db3bbabdd23d19";
            case 55: // REPAIR_REQUEST from the client
                return "3bdd7c5b7c6db86cbd00da6dc305128af1fce3fbbcf06fd2a7a93ff24ac9a72945a734d4a76e070e039392032b1e0b577ef1a45e5a1cd00d696c08e5471f1bc250cb7733c26587ad24b0914bcb8bef48936fe60a66898c74ea098ebb";
            case 56: // REPAIR_RESPONSE from the server
                return "a928f11452ebecb18fbd354b6c486c65e09f5a38de5e972c332d79926f98f11f07f48549baf281f2baec53456695717af5c9bc4e528e503cec2db4ee2db011b51b25120dffe943a96174888e239e4a817af178511d48314cbd07d2dc26043ce92a755f6f72adeaf12fa0978cdb029caf9fcc3f4495ce2aaed5e4fa412760cec92ce548d9ccd949cfb36b";
            case 57: // REPAIR_CONFIRM from the client
                return "112c55bd1a68a6f38a6a60ebeea1e5c57591f094fada38158b4c97eea70767aaaa97f57d2d238dc3d2d338ee819c080fea82fb220dd0d18f470b45a8c0588dd506f3131666b6c278125ba71fbed1647d105e70db781f844f1436aa0f6a8ce47193d7407ce0e82f98bced0cca4e50abfbd0d1";
            case 66: // RESUME from the client
                return "1db571067c65e583279148bc7139c107e0710c85ffbcc999ebf12762d39cd3f1f91956305300c0818996e6f9e57f3bf6c3ee7f3d9a432349c96c8e69924885de406da8bbbef91b00f74ba5e7fb8d41b68e5b648dc951148914d5e627a3bc16";
            case 72: // FIN from the client
                return "8ec5c15ea0018b637068852f3ce578c068cf368a2115b13cccbd2ea1fec22da0127b76a6df3b4bbfa17c5c277a9b25664e828c3a6bb61158f6f4e0e9e0c270c302ac2fd266e06dc45b1d6aa5c8d93503647692389d1045c206";
            case 74: // FIN from the server
                return "cf2e414c5b630f179ce4966fe9a10294be3b1ec5ae9fb1cc552faebe88594933af41eae585ef52bc1784f0d1aa58ca";
            case 83: // ERROR from the server
                return "51ccde243adb3dfdd2132e63004f8c7648f30ffc15d8aa3f759d6ad818d6e3b18c4af4ec9925369e13219cd93eb3dd64062d48a9abd682a6dec2004d179c47bc70e51123383a8212b1d23aed4a021f9207918b20a4aa1c3eca869e7b234bda432e93574f7790";
            case 93: // ERROR from the client
                return "0bcabd08ad622c4d56ac93df4ab5d59d53bb067a0f19c3908e13726781f2be268fecf3aea95e76182fcbd3bbe9a40a8e627c8ae06a04";
            case 146: // EMERGENCY_REQUEST from the client
                return "3725ca7a29236214ea501dfa856e9969f61bfd3d726c20f9d81328dd3c016caf7bb2c05c0e388a72a3bc812c3bb5a47f2cf5928549f786d65daef63648b71f50f6e340579961ed855528ec6c3ce020386eb96ac35e03c1753e09dec9a8701bd7c692526abf442c7577e4f7e560d52d688ef8de1c342e0abca9eba07573e14ac9e5952235cc74f5d52325324ab7d7a3477c02f03c2761a3625920ebc4fe718ece68aa2c1cecd6e47499450547eb96a5772623fc1e5ba72e357d1596043301";
            case 147: // EMERGENCY_RESPONSE from the server
                return "db6ba51682d2bc9798bd23e0257176ace9e9ba29a3ac08e5be2c1e5d17bb58dd08e979915b8c927fa0fbf782eb56b072a3fcf52b1c571185d1960b867a5041331535fd2bbad198fa5851354596531d55f00d41c4e88c14909b350ba8c8e84ed38c71d32ebb3cf1b0617ec1c06d86356ed583e205a5abeb2467de2e8c83d2914550e2dbcde12b56273b128b8663aedf2096c8835cd66c804761";
            case 148: // KEY_CHECK from the client
                return "f8894752e91cfb94d94bb8a632a498aeca4a047b4b5948b175687c089707e3f478e1f3e33898c05762432a6cad44563a3ca587d98cf8bebef87a37f17772a9a48ac9febc426ecf6b52a32768d5e2772ca53249020700122555f12bef7762b82f8684489e1cd86a4d86030e760d5e4f0670335e0953d6a5cf25ab78a85a291891c8107beae138efccc0e879";
            case 149: // KEY_CHECK_REPLY from the server
                return "4a4f2970cdb747061c1b6f096c6269c04851954cf7b4b9b494c135d6059c4055b515a06408cf6e8e52b5a83c62b52a37641e4364329b88a964dd3d2dbf7bbfc1b8791da522823502fb683e3ad48bf04ad25d04db1f9db66b93cef22612";
            case 154: // RST from the client
                return "a99e8d9e2398ef210f3175d54bc69bf925617dba6566fc6168d26a3978d9ec665c885d1fbfa09f283976d2";
            default:
                return null;
        }
    }
}
