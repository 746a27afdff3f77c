#nullable disable
namespace NFUnitTest;

/// <summary>Values of tests/vectors/vectors.json. Made from it by the desktop test DeviceVectors.</summary>
internal static class Vectors
{
    public const string LongTermPsk = "157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c";
    public const string LongTermDailyKey = "7c67c2fee671c14853f1f7a3227966eeb98a122341d6ad30c1dc0f267c55956c";
    public const ulong LongTermUtcMs = 1792671081941;
    public const ulong Rendezvous0R = 179267107;
    public const int Rendezvous0Port = 24683;
    public const string Suite1ClientPrivate = "ba168c5988fb2f4b70d4f6347e812d0f7ed4236326156d91fba6335ba76f9759";
    public const string Suite1ClientPublic = "6b2a90f8cf8e52935d0abf002e64beefc254c73097e2af998779c2213040a90e159769751b935429caa911e6f891dd12eb0e73a55746799ae00d4417e9bd1ca1";
    public const string Suite1ServerPrivate = "ea9c5335786963f30018a958ac499509f94810fd7a777e32aea7d4f4051ec93b";
    public const string Suite1SharedSecret = "e8c5b4486cd41b2925427a40bc786e7aca7cfa7851d1c7b6ce34653a63b7091e";
    public const uint Suite1ParametersClientSequence = 211754118;
    public const string Suite1ParametersSessionKey = "29c1a47b0041c8d17d5c5d19c75635a111260c4e70d540d58f4eb84c29c47dd4";
    public const string Suite1ParametersClientKey = "50ac8d26df327d95c3efd58184c1a3dba4521751c90afe22231526d4bfe0984d";
    public const string Suite1SessionMaskKey = "c5f7f67e37d546e8df4474fcdf989381bf0fd4a0e70abb32dbe2627b6ccb5eda";
    public const string Suite1Data = "2004001811695042a24009e90c9f1c88c62cdf13029d982d001fe4c82bbb8d320d277a442cca2335e6fa37f47305114d33ead95702c69a4277a5c053d5451a30e99960cce2f39b1409";
    public const string Suite1DataMessage = "74656d70657261747572652032312e352043";
    public const string Suite1OnTheWireData = "5ac2a4bb58248f5d653ba54bab0f6fcca529e4006ee76ff37a78e4c82bbb8d320d277a442cca2335e6fa37f47305114d33ead95702c69a4277a5c053d5451a30e99960cce2f39b1409";
    public const string Suite2ClientPrivate = "da31ca5247be7a8193d67848f0d03605d514424c9884fa15298bc30e8e64acd8";
    public const string Suite2ClientPublic = "d4ac3e160f228444e77e0fcd8c8e36288649f24108f6bde97776e81d2a1a626b";
    public const string Suite2ServerPrivate = "8fbbb7de958f2c4fa344da22a3f7a3cf8e17273cd7a4992940b9cc3ea56483a1";
    public const string Suite2ServerPublic = "a8ff32c5f8bdc2645e029866270c1e62ab645465a519d56b800e6d08b5fd8e71";
    public const string Suite2SharedSecret = "772a4f10235a0b8c38f9f9bf9590d133c679568afd30403f434a27ca034e0807";
    public const string Suite2HandshakeKey = "56990a884902be1874df4ebc5ac92925c6e390a9887c9a0d149f0cafa3784472";
    public const string Suite2Syn = "2001000211695042a24009e90000000000000000029d95d5005c5d6702020020001e000001a16385e5d560000400000100007f5517b101c90dfc04c000020a0000000000000000000000009cbbd4ac3e160f228444e77e0fcd8c8e36288649f24108f6bde97776e81d2a1a626b000000000000000000c6be141840902f1dc0e24e0ea08871a4";
    public const string Suite2OnTheWireSyn = "0968da482f0412f6c84407658a94bc9ed0f2e96c4049b55c27b229292a254f4efc4405fb4d5d3651a191f890e9087ec87cbcf55ec73f6e5ffbfba59a07240bae9bc28f1d5ddce975323cb0dab8849d38df1f202d46887e422fe5f3474d634e689750fd02e5427fc8597a5a2d8b36c9bb0efa5d69ea61c6be141840902f1dc0e24e0ea08871a4";
    public const string Suite2HandshakeMaskKey = "b697ae9d3d99c13a7b9235e403f1251b6731ff1e1eef74b63556471dc82c815a";
    public const string Suite2Transcript = "5eb3f05ef345fdf7de4e2935fab17cb29f7a931d21658f86305874bf475ea1e7";
    public const string Suite2Confirm = "24b2dee75181e4e4d2d166d1df2e3c87";
    public const uint Suite2ParametersClientSequence = 2740665839;
    public const int Suite2ParametersClientPortOffset = 31599;
    public const int Suite2ParametersServerPortOffset = 7030;
    public const ushort Suite2ParametersTimeSyncOffset = 43288;
    public const string Suite2ParametersSessionKey = "6046787ee0eb75a73481428c2581e2d9147ce72d45ed43b839e5f8fa5ffec61c";
    public const string Suite2ParametersClientKey = "7aa96be480bb12f98fd60b26310aee18fcb56b09e14ff51103c37b9feca524f0";
    public const string Suite2ParametersServerKey = "93068bef0266a450523135238b912f568d9bfa568d82314a4068c571ad35721c";
    public const string Suite2SessionMaskKey = "815796a28a6afffdbfa193b6af22a44ad9735c96312f6699f9abcea4a8b58d54";
    public const string Suite2HopKey = "5cfb433bcf3b0bc4d5a27ee77eb126737e3c4244cc3b5c9cddea497681aeea1d";
    public const string Suite2Data = "2004001811695042a24009e9a35b3df1bd151b54029d982d001fe7fa7c6e7b756efa307770030310460ae7f851d47ebc28d1bb2c492bf5a7d37badb949c48f6cce2a0013495432ab79";
    public const string Suite2DataMessage = "74656d70657261747572652032312e352043";
    public const string Suite2OnTheWireData = "c361531c2309584aead9e61914bcaf9f80d200739ac86976893de7fa7c6e7b756efa307770030310460ae7f851d47ebc28d1bb2c492bf5a7d37badb949c48f6cce2a0013495432ab79";
    public const string Suite2DataPast232 = "2004001811695042a24009e900000005bd151b54029d982e0016d3502b65c23075ae83436827f079e8006ab2d15b605fe57646bb8918eb23260b3830344b884e";
    public const ulong Suite2PortsW = 3585342249;
    public const int Suite2PortsClient = 25178;
    public const int Suite2PortsServer = 25327;
    public const int Suite2PortsServer400001000 = 40055;
    public const string Suite5W = "74a57bce5d1a1f80f1da039bed21ae526e069f58155ce55fd93393454fe5718a";
    public const string Suite5ClientPrivate = "27196108f8f47134e71ae5dc92ba2404e339818df4399711fb5fdc1de45a78d6";
    public const string Suite5ClientPublic = "7b997e2e3c5a9e427f3b2071289987ce8590ce71020b6b3bbbe041976a825f94d3386eeeba208585b12453f52b8ed2bc8fe84ac66c1be238f5b9f8a83d2ad02a";
    public const string Suite5ServerPrivate = "678ab21126d86511c8ac0db417fa05387a66cad9d8a5bd008867a6ebfd8822e5";
    public const string Suite5ServerPublic = "924a888ef01e72d5180a4432b174dd7d50da38ccd1c45af30ec3a9e27d816818e6c23a101dceb82948d6038967c4c6c96c996c472283ec1760be4c0c04bff16a";
    public const string Suite5SharedSecret = "f2a536ec2356faa486399d1478278a16b125d011ee7ebf914a0a520dbf45933c";
    public const string EmergencyEmergencyKey = "a9b349b16929d26cd17e1adb8370895896c7d327d4893f7055e8887b6339bcc9";
    public const string EmergencyIv = "a8880a1ef6120d70a3576bc11a38ef29";
    public const string EmergencyPayload = "d0ad3c22d1f615bd7cd05656d70f2a9af25e810fa2c6e6055a1a309b8a2e5ff917786f3bfdbae32a000001a1660ebf88";
    public const string EmergencyRequest = "200c031011695042a24009e9000000000000000000001388007af089145585857d09000001a16385e5d5a523f8410ba8880a1ef6120d70a3576bc11a38ef2927a3800cdb6b9a4d82ea1a7d1c4dc81b89079d5c85a306bd831ad16c1aa665b09f013dd57e0c443bb90cd47d94d0d32ae24c0dbf4545e019bc7f3cf8f22eff95000000000000000000000000000000000000000000803cfe970196a86786c9a067f7ed8a05";
    public const string HopPast32BitsHopKey = "f0a289923ed634acec748941a7fab6a057e5d4a5cb29e5e2b6136d639897c74a";
    public const ulong HopPast32BitsW = 97759;
    public const int HopPast32BitsPort = 46130;
}
