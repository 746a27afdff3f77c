#nullable disable
namespace NFUnitTest;

/// <summary>Values of tests/vectors/vectors.json. Made from it by the desktop test DeviceVectors.</summary>
internal static class Vectors
{
    public const string LongTermPsk = "157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c";
    public const string LongTermDailyKey = "7c67c2fee671c14853f1f7a3227966eeb98a122341d6ad30c1dc0f267c55956c";
    public const string LongTermHandshakeKey = "c92d46a39befc3ed3812e247b1cacac175bce7a051bbd1f89036a58e82fb4361";
    public const ulong LongTermUtcMs = 1792671081941;
    public const ulong Rendezvous0R = 179267107;
    public const int Rendezvous0Port = 19563;
    public const string Suite1ClientPrivate = "ba168c5988fb2f4b70d4f6347e812d0f7ed4236326156d91fba6335ba76f9759";
    public const string Suite1ClientPublic = "6b2a90f8cf8e52935d0abf002e64beefc254c73097e2af998779c2213040a90e159769751b935429caa911e6f891dd12eb0e73a55746799ae00d4417e9bd1ca1";
    public const string Suite1ServerPrivate = "ea9c5335786963f30018a958ac499509f94810fd7a777e32aea7d4f4051ec93b";
    public const string Suite1SharedSecret = "e8c5b4486cd41b2925427a40bc786e7aca7cfa7851d1c7b6ce34653a63b7091e";
    public const uint Suite1ParametersClientSequence = 211754118;
    public const string Suite1ParametersSessionKey = "29c1a47b0041c8d17d5c5d19c75635a111260c4e70d540d58f4eb84c29c47dd4";
    public const string Suite1ParametersClientKey = "ac741dd05ae336195c58bd6e0cabd158eefd4bdb1dc6d82362b17268d5aebde6";
    public const string Suite1SessionMaskKey = "c5f7f67e37d546e8df4474fcdf989381bf0fd4a0e70abb32dbe2627b6ccb5eda";
    public const string Suite1Data = "1004001811695042a24009e90c9f1c88c62cdf13029d982d001b64e45ff2980d7644bb878e93af981ee773a8c23753f5a4228afd6944d2a9a4e5aa7b5464bf01b6d46a4cf1";
    public const string Suite1DataMessage = "74656d70657261747572652032312e352043";
    public const string Suite1OnTheWireData = "fde45f624568246e9d657541b8cb86620ac5a79a5d17f68026b764e45ff2980d7644bb878e93af981ee773a8c23753f5a4228afd6944d2a9a4e5aa7b5464bf01b6d46a4cf1";
    public const string Suite2ClientPrivate = "da31ca5247be7a8193d67848f0d03605d514424c9884fa15298bc30e8e64acd8";
    public const string Suite2ClientPublic = "d4ac3e160f228444e77e0fcd8c8e36288649f24108f6bde97776e81d2a1a626b";
    public const string Suite2ServerPrivate = "8fbbb7de958f2c4fa344da22a3f7a3cf8e17273cd7a4992940b9cc3ea56483a1";
    public const string Suite2ServerPublic = "a8ff32c5f8bdc2645e029866270c1e62ab645465a519d56b800e6d08b5fd8e71";
    public const string Suite2SharedSecret = "772a4f10235a0b8c38f9f9bf9590d133c679568afd30403f434a27ca034e0807";
    public const string Suite2Syn = "1001000211695042a24009e90000000000000000029d95d500435d6702020020001e000001a16385e5d504c000020a0000000000000000000000009cbbd4ac3e160f228444e77e0fcd8c8e36288649f24108f6bde97776e81d2a1a626ba696dbdd2312798fb78e86a420d4b46a";
    public const string Suite2OnTheWireSyn = "a71383e5c51503edb1504fb103d341f46ff6e250254a67f6b04932cd31d09964344933db195612498d8506b7bf4de9c0d04f71e8a12acbde823691fedf279d1ecb2e250634eb7ae6f6d9796378105bc205a63cdefc70affd7ddd0c4b98a696dbdd2312798fb78e86a420d4b46a";
    public const string Suite2HandshakeMaskKey = "b697ae9d3d99c13a7b9235e403f1251b6731ff1e1eef74b63556471dc82c815a";
    public const string Suite2Transcript = "8ce15f9fb87684f0c59954311a1405e993d2b431bf78a3bedd3eaf57f3796073";
    public const string Suite2Confirm = "1852be1669657d19497416c5212e8b41";
    public const uint Suite2ParametersClientSequence = 2887443152;
    public const int Suite2ParametersClientPortOffset = 49300;
    public const int Suite2ParametersServerPortOffset = 11194;
    public const ushort Suite2ParametersTimeSyncOffset = 52664;
    public const string Suite2ParametersSessionKey = "891dfd60fd1508caca6ba6af2c54bfe0ece30498833a9a7fb106fc2c20a46e69";
    public const string Suite2ParametersClientKey = "5c1706dedfad7fd9245eb1230de0e8e27f11d2f526cb4209fe5a8e4fd3666803";
    public const string Suite2ParametersServerKey = "30b1eea663b3c86944ac47d29ac17935b228cd36815ac2d1d9bd5df1a0813049";
    public const string Suite2SessionMaskKey = "0687fa1cedb29d34eb587a13e4f8773cde887453b6ac50d7b68575d04b268ef2";
    public const string Suite2HopKey = "a81aa51bd7882994ed606f5e6fa2d70677563e09f0a49419ee8292d042575d54";
    public const string Suite2Data = "1004001811695042a24009e9ac1ae2d2c4f43c34029d982d001bb0b7d7092f9a92f52022d8ccf8abfc5fdab71caff802b39e521b1144f1cda5a0a16f8e361853727448c84a";
    public const string Suite2DataMessage = "74656d70657261747572652032312e352043";
    public const string Suite2OnTheWireData = "37d9fa1dce333bb557bd6cb4594544c8b4c8cd3c27d5962935d0b0b7d7092f9a92f52022d8ccf8abfc5fdab71caff802b39e521b1144f1cda5a0a16f8e361853727448c84a";
    public const string Suite2DataPast232 = "1004001811695042a24009e900000005c4f43c34029d982e00122ae37a7106f3a0995ee1be13d5f9c657d718025825b72cdc1ae79b80434c3b56f765";
    public const ulong Suite2PortsW = 3585342268;
    public const int Suite2PortsClient = 28840;
    public const int Suite2PortsServer = 40866;
    public const int Suite2PortsServer400001000 = 40522;
    public const string Suite5W = "74a57bce5d1a1f80f1da039bed21ae526e069f58155ce55fd93393454fe5718a";
    public const string Suite5ClientPrivate = "27196108f8f47134e71ae5dc92ba2404e339818df4399711fb5fdc1de45a78d6";
    public const string Suite5ClientPublic = "7b997e2e3c5a9e427f3b2071289987ce8590ce71020b6b3bbbe041976a825f94d3386eeeba208585b12453f52b8ed2bc8fe84ac66c1be238f5b9f8a83d2ad02a";
    public const string Suite5ServerPrivate = "678ab21126d86511c8ac0db417fa05387a66cad9d8a5bd008867a6ebfd8822e5";
    public const string Suite5ServerPublic = "924a888ef01e72d5180a4432b174dd7d50da38ccd1c45af30ec3a9e27d816818e6c23a101dceb82948d6038967c4c6c96c996c472283ec1760be4c0c04bff16a";
    public const string Suite5SharedSecret = "f2a536ec2356faa486399d1478278a16b125d011ee7ebf914a0a520dbf45933c";
    public const string EmergencyEmergencyKey = "a9b349b16929d26cd17e1adb8370895896c7d327d4893f7055e8887b6339bcc9";
    public const string EmergencyIv = "a8880a1ef6120d70a3576bc11a38ef29";
    public const string EmergencyPayload = "d0ad3c22d1f615bd7cd05656d70f2a9af25e810fa2c6e6055a1a309b8a2e5ff917786f3bfdbae32a000001a1660ebf88";
    public const string EmergencyRequest = "100c031011695042a24009e90000000000000000000013880065f089145585857d09000001a16385e5d5a523f8410ba8880a1ef6120d70a3576bc11a38ef2927a3800cdb6b9a4d82ea1a7d1c4dc81b89079d5c85a306bd831ad16c1aa665b09f013dd57e0c443bb90cd47d94d0d32ae24c0dbf4545e019bc7f3cf8f22eff95ad0e28b98645b8bf3335ca9bb89a5ae0";
    public const string HopPast32BitsHopKey = "f0a289923ed634acec748941a7fab6a057e5d4a5cb29e5e2b6136d639897c74a";
    public const ulong HopPast32BitsW = 97759;
    public const int HopPast32BitsPort = 46130;
}
