namespace nanoFramework.Networking
{
    public class Sntp
    {
        public Sntp() => throw null;
        public static bool IsStarted => throw null;
        public static string Server1 { get => throw null; set => throw null; }
        public static string Server2 { get => throw null; set => throw null; }
        public static void Start() => throw null;
        public static void Stop() => throw null;
        public static void UpdateNow() => throw null;
    }
}
