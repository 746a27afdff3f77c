// The integer rule: (int)someUint emits nothing, and the value stays unsigned on the CLR's stack.

namespace DeviceViolations;

internal sealed class Integers
{
    private uint _u;
    private ulong _ul;
    private uint[] _us;
    private ulong[] _uls;

    [Violates("unsigned-as-signed")]
    public static int ShiftParameter(uint u) => (int)u >> 3;

    [Violates("unsigned-as-signed")]
    public int ShiftField() => (int)_u >> 3;

    [Violates("unsigned-as-signed")]
    public int ShiftElement() => (int)_us[2] >> 3;

    [Violates("unsigned-as-signed")]
    public static int ShiftDifference(uint a, uint b) => (int)(a - b) >> 31;

    [Violates("unsigned-as-signed")]
    public static int ShiftNot(uint a) => (int)~a >> 31;

    [Violates("unsigned-as-signed")]
    public static int ShiftNegated(uint a) => -(int)a >> 31;

    [Violates("unsigned-as-signed")]
    public static int ShiftOr(uint a, int b) => ((int)a | b) >> 3;

    [Violates("unsigned-as-signed")]
    public static int ShiftSum(uint a, uint b) => (int)((a & 0x7FFFFFFF) + (b & 0x7FFFFFFF)) >> 1;

    [Violates("unsigned-as-signed")]
    public static int ShiftByVariable(uint u, int n) => (int)(u >> n) >> 1;

    [Violates("unsigned-as-signed")]
    public static long ShiftLong(ulong u) => (long)u >> 3;

    [Violates("unsigned-as-signed")]
    public long ShiftLongElement() => (long)_uls[1] >> 3;

    [Violates("unsigned-as-signed")]
    public static long ShiftDifferenceOfWidened(uint a, uint b) => ((long)a - (long)b) >> 1;

    [Violates("unsigned-as-signed")]
    public static int Divide(uint u) => (int)u / 7;

    [Violates("unsigned-as-signed")]
    public static int Remainder(uint u) => (int)u % 7;

    [Violates("unsigned-as-signed")]
    public static int RemainderByNegative(uint u, int d) => (int)(u & 0xFF) % d;

    [Violates("unsigned-as-signed")]
    public static long Widen(uint u) => (int)u;

    [Violates("unsigned-as-signed")]
    public static double ToDouble(uint u) => (int)u;

    [Violates("unsigned-as-signed")]
    public static float LongToFloat(ulong u) => (long)u;

    [Violates("unsigned-as-signed")]
    public static int Returned(uint u) => AsInt(u) >> 3;

    [Violates("unsigned-as-signed")]
    public long ReturnedLong() => AsLong() % 10;

    [Violates("unsigned-as-signed")]
    public static int Given(int i) => i >> 2;

    [Violates("unsigned-as-signed")]
    public static int GivenOnward(int i) => i % 10;

    // Small enough as it is given, but not what comes of it.
    [Violates("unsigned-as-signed")]
    public static int GivenSmall(int i) => (i - 5) >> 1;

    [Violates("unsigned-as-signed")]
    public static int GivenToArgument(int i, uint u)
    {
        i = (int)u;
        return i >> 1;
    }

    [Violates("unsigned-as-signed")]
    public static long GivenToDelegate(int i) => i;

    [Violates("unsigned-as-signed")]
    public static object GivenToFramework(uint u) => new System.TimeSpan((int)u, 0, 0);

    public static void Give(uint u, Handler h, IHandler handler)
    {
        Given((int)u);
        Onward((int)u);
        GivenSmall((int)(u & 0xF));
        GivenToArgument((int)u, u);
        h = GivenToDelegate;
        h((int)u);
        handler.Handle((int)u);
    }

    public static void Onward(int i) => GivenOnward(i);

    public static int AsInt(uint u) => (int)u;

    public long AsLong() => (long)_ul;

    [Violates("unsigned-as-signed")]
    public static void Out(uint u, out int i) => i = (int)u;

    [Violates("unsigned-as-signed")]
    public static int Either(bool b, uint u, int i) => (b ? i : (int)u) >> 2;

    [Violates("unsigned-as-signed")]
    public static int Loop(uint[] a)
    {
        uint sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] & 0xFF;
        }

        return (int)sum >> 1;
    }

    [Violates("unsigned-as-signed")]
    public static int AfterFinally(uint u)
    {
        uint x = 0;
        try
        {
            Half(1);
        }
        finally
        {
            x = u;
        }

        return (int)x >> 1;
    }

    public static int Half(int i) => i / 2;
}

internal delegate long Handler(int i);

internal interface IHandler
{
    int Handle(int i);
}

internal sealed class ImplicitHandler : IHandler
{
    [Violates("unsigned-as-signed")]
    public int Handle(int i) => i >> 2;
}

internal sealed class ExplicitHandler : IHandler
{
    [Violates("unsigned-as-signed")]
    int IHandler.Handle(int i) => i >> 2;
}

/// <summary>Code that must pass.</summary>
internal sealed class Allowed
{
    private static readonly byte[] s_bytes = { 1, 2, 3, 4, 5, 6, 7, 8 };
    private static readonly uint[] s_words = { 1, 0xFFFFFFFF, 3, 4, 5 };
    private static int s_static;
    private int _i;
    private int[] _array;

    // A store takes the type of the place.
    public int Field(uint u)
    {
        _i = (int)u;
        return _i >> 3;
    }

    public int Element(uint u)
    {
        _array[0] = (int)u;
        return _array[0] % 7;
    }

    public int Local(uint u)
    {
        int i = (int)u;
        if (i == 5)
        {
            i++;
        }

        return i >> 3;
    }

    public object Box(uint u) => (int)u;

    // Bounded values.
    public static int Masked(uint u) => (int)(u & 0x7FFFFFFF) >> 3;

    public static int Shifted(uint u) => (int)(u >> 1) / 3;

    public static int Reduced(uint u) => Third((int)(u % 64512u));

    public static int Third(int i) => i / 3;

    public static object ReducedForFramework(uint u) => new System.TimeSpan((int)(u % 60u), 0, 0);

    public static int ReturnedAndStored(uint u)
    {
        s_static = Integers.AsInt(u);
        return s_static >> 3;
    }

    public static int Divided(uint u) => (int)(u / 2u);

    public static int Bytes(byte[] a, int i) => (a[i] << 24 | a[i + 1] << 16) >> 8;

    public static int ByteDifference(byte a, byte b) => (a - b) >> 1;

    public static int Short(ushort a, char c) => -(a - c) % 7;

    public static uint Unsigned(uint a, uint b) => (a - b) / 3u + (a % b) + (a >> 3) + (0u - (a & 1u));

    public static ulong Wide(uint a, uint b, ulong c) => ((ulong)a * b) + (c >> 32);

    public static long WidenedUnsigned(uint a) => (long)a >> 3;

    public static uint FromSigned(int a) => (uint)a >> 3;

    public static int Narrowed(ulong u) => (int)u >> 3;

    public static int NarrowedSmall(uint u) => (sbyte)u >> 3;

    public static bool Compared(uint u) => (int)u < 0;

    public static int Joined(bool b, byte[] a)
    {
        uint u = b ? a[0] : (uint)a.Length & 0xFFF;
        return (int)u >> 1;
    }

    public static int Indexed(byte[] a, uint i) => a[i] + a[(int)i];

    public static int Length(byte[] a) => (a.Length - 10) / 2;

    public static void OutUnsigned(out uint u, out byte b)
    {
        u = s_words[1];
        b = s_bytes[2];
    }

    public static int Switch(string s, int x)
    {
        switch (x)
        {
            case 0:
                return 4;
            case 1:
                return 3;
            case 2:
                return 9;
            default:
                return s == "one" ? 1 : 0;
        }
    }

    public static object Types() => typeof(Allowed);

    private static long Plain(int i) => (uint)i;

    public int Calls(object gate)
    {
        Handler h = Plain;
        lock (gate)
        {
            try
            {
                return (int)h(_i) + (int)Color.Green;
            }
            catch (System.Exception e) when (e.Message != null)
            {
                return 0;
            }
            finally
            {
                _i = 0;
            }
        }
    }
}
