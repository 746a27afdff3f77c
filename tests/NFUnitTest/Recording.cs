#nullable disable
namespace NFUnitTest;

/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>
internal static class Recording
{
    public const int Packets = 157;

    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>
    public const string Digest = "286fa25e065c42656ffbddd2be69831e289927455ab8c965cd0b6696061a8f60";

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
                return "c755e0d122dc963f55d1cdcc93dc937694c48cd06bc405928a73e154a50df6570c803d84d00458e48cf30a0756f3d96bd6191a4f995d24d600aad41100d13d27bb4461552ffd5cbcdeebd93e08a3943b";
            case 24: // TIME_SYNC_REQUEST from the client
                return "16fa5040ea91637d57a31fd7eac91e0101c69263e0b31f51beeeaf85bf973f352d14836e6a54e0a34a3d10af42ff56b686297dd50f805702f293ee8a";
            case 25: // TIME_SYNC_RESPONSE from the server
                return "0d877009f1d069737235be606f636ffddf2738b5f9827ad21c15243f145d9ec4a6a6c0ba1ee0612e044a8ed6e2b2b2810545b3fcc33b1d01118f139c89a2d3d09fc04f41368b38de90bf41";
            case 27: // REKEY_REQUEST from the client
                return "dd407d155e2b4ce5568804c3d0fd4566a1910d59febce89349ef297ee18a2bff2a62db04e73407684d86b7800544dc24aab42e06399ec1d763bcbc23e3c0e6ebd50d3aa015b0edd420271e1f160eb7e28b6429e3519f6ce13a3f2caee9b89fadb49b92d7b9fb348fa739e6c5ca341de0121e352bd7db116551328caaca1189bdf63de1d09437989ee6d5b5d594412fde";
            case 30: // REKEY_RESPONSE from the server
                return "79a387cea9b3387cba253d9f00ea20db3ae60f177a87e6d7ef2a1d5729355076f3c0058278cefd02eb3f89eb9bec49e5218b159615f5ae9bb981c2ef31481ce5c2121dfd3f900e52227179267224f61eb4c6a11c19b446355e61700f37b3fe650aedc2fd97959f1d2bfb19351c820a1811b5fd23bd4eefb2b1eaa7924a1218bb8c85f2cc4c99f8428556860b7e3651913a1970ac378dc86a2dc3520521bd1140a1c6ee6626f6896897d4b0eee25c44e79b4d88667b34637308767644";
            case 42: // SYN from the client
                return "582a059e311e00921359bb1ce9b77d4d76d1aa1ce9b7837d08d3bbb646268a13cf6eede052e002ca4df45227f7259fc0ca4e6d69f66c710b7f0507587177a9ff654b5080d9d7959008a4e6ab9e71f25ee70dffed554bc6bf53c253af4ba7ced117f6d52529c614bae8cc0e94ddb88e8f8a4dcecb58416536ec36f5d707339682168c6dd8f84443";
            case 54: // REPAIR_REQUEST from the client
                return "c6ca1f1e7775e629d61f6bdce9f76ebe246827531249596caf6abf143a30ec5d2be0b72b2d79d86fe674b749b11f22d0527f5a2af823a85a0d2f9c46d2cb8a88cf2d71db484db8062076e1cf09e7941c32e8a9ce9cdcefe4d6415750039649bed98a7157dbb2dac38920dec592865a567d4b28a7e0bf7dbde3325a6a0226c2e5b16cb7c39ad8ea43aa86be5753";
            case 55: // REPAIR_RESPONSE from the server
                return "f09d693e77376835628bec988182a682c60510fcda237bf52f7c735145a1648957aa18cffc87c63723f589012aa2f99ff4826778f035c1d16125692a1b39517dc99cefe5247ab802446f5639365b13298c89519a85a2c86c8af14b2a460401a520ee1b68a8f88cb5e61ead82f556b87e3767a2cd5cb064";
            case 56: // REPAIR_CONFIRM from the client
                return "e88ecfb08c2056f3c3e69b96b628ed29b3264d366943a182569abf7f1cfef3f6aca0361d16bb09aa9d4a621a6206ee22d795fd5278a1545a269aff8c11b81fa59aace863c84053a93dac46929b21495f51fb90bcd59be7ffeae17ded3dbd1d9d4689";
            case 65: // RESUME from the client
                return "555ebee55056eb013610c710a6528f2703b7bda231546163ee398f49aa9fc410e3878c4abcacd4c933afd66fd9970ceda0cfcfbdc706b48ec3fc58a71016968cb3fbf24921a703834971f62f27c00bae30fb8dcd2286abb244c1073b4ec88d1a46a6288aa074dcd48d4da3d77a";
            case 71: // FIN from the client
                return "22cd96b5353056dec4688cb9797430892ac92d1a74014e2659720cf558c9e32b8d80c56f21895404f32f24f3d02ce2ccb36126ce8dac302cc3070612a9e4414ec4ab667f9486893544671e5a997f13a7f6b6a9382784fefbd99cb47ab9005d59573c0e0dd8df4e506f0c4d08";
            case 73: // FIN from the server
                return "84e8473608d5573c999cb54a9b455464e194729dfd807adf4f4f18a5e2bf9ddfd1c66730c1c55e7b1773f2d32eb40e70624b10ef5206ac437352d7a0e095bde058238293f4";
            case 84: // ERROR from the server
                return "2ae087665062fdb7d854bf86a9d269346fae2003414e2eaebb82113658b6077e231b15e75742163dd9d76a9a52fa97d611af8b0a007c57d962641909d6dcd42fd5bf8be5";
            case 92: // ERROR from the client
                return "cc93de4dbc5680db176e62c0967d4b8d15b1aedb1f75f80bfcdcdae2a5c4176002a229523857527c0632d82ce59bc1fa71fa93796cf6ce6091bc5daa0841de5124ed3beec668ca8235c5be1fe4d2f3f2b2131acff68472d2410483a9d16204266320da7e";
            case 146: // EMERGENCY_REQUEST from the client
                return "5fd1f220c872e2d465620814593533423cffb487c75d2d8ba7afbd049ce9adca1b36108934e67f679fbc1982c04d8ce088cab31e052caaad04a14eb4bcc5dcefddc54d75b52c525244d4f3f4292600127ebe4002d9433f2a2cc83d74322cee0fd25603bd0f97f5b03a31b89bb2c8769324693ac1efb18626535a41c00ad66d0dcce55277139b2015ba09bf45974f98331ff0f09a2e858ef681ad";
            case 147: // EMERGENCY_RESPONSE from the server
                return "c6a4af652b89753adde215695b3d7d7c9a305f89709f87389495394a398cb675b423a49f773c418ed337d62dd7767970ac4ecaf4a0fc1bb4f285d0ce93b4625b2c01669b5f489d653b0e2101befe0bc84fddcae451643e8069b1d7b7e8a33bd72db2269ec06520db5a73d6cd1943756853903288dab22e7466cd6c6a9ea761131183cdcda9b8a23414dfd6cbd1af2cc2d722b8fe53baf3756ac8f21b5e2830cf8534ba3771ec6a5e1e118011644943dd40e2";
            case 148: // KEY_CHECK from the client
                return "844488f8f0bd26c2378fcda6458d8540c610fe1888a256ff22cb1a45f01e32f261f24bbbac7ccccd37a3924c9c6ca50f5fa2b7fc2cf9b2aceb08e263b3368e698316f17a3673cbf237d9169c0c8ddc0f6063533937f7146ad944eb8a01c50f17a9";
            case 149: // KEY_CHECK_REPLY from the server
                return "05009cd0362fa690508bb6c1547ee9cb19b6bdd73ddf8dc187de3fefe7534f4ad5b303aa2ac30a38da2d98529ab17fece7151a0e34eb8da83e0a6376f374f497485656a51d2271ee09fd08d83e1846c93581f0c71626171c8d87db5258e3785f";
            case 156: // RST from the client
                return "f26bcae480524736e49a085dfca98f65d1789124f97f0f0d5a3be92510fb46a8dd83c9b64fe71780f829a3f81f5666e303a819e5930f82ff2b6ea48c70e7f640fd16824e";
            default:
                return null;
        }
    }
}
