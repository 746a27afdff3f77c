namespace System.Security.Cryptography
{
    public enum CipherMode
    {
        None = 0,
        CBC = 1,
        ECB = 2,
    }

    public class Aes
    {
        public Aes(CipherMode mode) => throw null;
        public CipherMode Mode { get => throw null; set => throw null; }
        public byte[] Key { get => throw null; set => throw null; }
        public byte[] IV { get => throw null; set => throw null; }
        public void GenerateIV() => throw null;
        public byte[] Encrypt(byte[] data) => throw null;
        public byte[] Decrypt(byte[] data) => throw null;
    }

    // Dispose wipes the array that the caller gave as key.
    public class HMACSHA256 : IDisposable
    {
        public HMACSHA256() => throw null;
        public HMACSHA256(byte[] key) => throw null;
        public byte[] Hash => throw null;
        public byte[] Key { get => throw null; set => throw null; }
        public byte[] ComputeHash(byte[] buffer) => throw null;
        public static byte[] HashData(byte[] key, byte[] source) => throw null;
        public void Dispose() => throw null;
        protected void Dispose(bool disposing) => throw null;
    }
}
