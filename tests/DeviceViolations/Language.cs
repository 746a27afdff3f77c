// What nanoFramework's CLR has not, by the name of its rule.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace DeviceViolations;

[Violates("generic-definition")]
internal class GenericType<T>
{
    public T Value;
}

internal class Generics
{
    [Violates("generic-instance")]
    private List<int> _field;

    [Violates("generic-definition")]
    public static void GenericMethod<T>()
    {
    }

    [Violates("generic-instance")]
    public static void GenericCall() => GenericMethod<int>();

    [Violates("generic-instance")]
    public static object GenericObject() => new List<string>();

    [Violates("generic-instance")]
    public static void GenericParameter(IList<int> list)
    {
    }

    [Violates("func")]
    public static int FuncParameter(Func<int> f) => f();

    [Violates("nullable-value")]
    public static bool NullableValue(int? x) => x.HasValue;

    [Violates("nullable-value")]
    public static int NullableLocal(object o)
    {
        int? x = o as int?;
        return x ?? 1;
    }

    [Violates("tuple")]
    public static (int, int) Tuple(int a) => (a, a);

    [Violates("span")]
    public static int SpanParameter(ReadOnlySpan<byte> span) => span.Length;

    [Violates("linq")]
    public static object Linq(IEnumerable list) => list.Cast<object>().First();
}

[Violates("generic-instance")]
internal static class GenericDelegates
{
    public static object Lambda() => new Action<int>(_ => { });
}

internal static class Ranges
{
    [Violates("range")]
    public static string Range(string s, int a) => Apply(s, a..);

    [Violates("range")]
    public static Index FromEnd() => ^1;

    [Violates("range")]
    private static string Apply(string s, Range r) => s;
}

[Violates("record")]
[Violates("generic-instance")]
internal record Record(int X);

internal static class StateMachines
{
    [Violates("iterator")]
    public static IEnumerable Iterator()
    {
        yield return null;
    }

    [Violates("async")]
    [Violates("generic-instance")]
    public static async Task Async() => await Task.Yield();
}

internal class Memory
{
    [Violates("multi-dimensional-array")]
    private int[,] _matrix;

    [Violates("volatile")]
    private volatile int _flag;

    [Violates("multi-dimensional-array")]
    public static object Matrix() => new byte[2, 3];

    [Violates("volatile")]
    public int Volatile() => _flag;

    [Violates("stackalloc")]
    public static unsafe byte StackAlloc(int n)
    {
        byte* p = stackalloc byte[n];
        return p[0];
    }

    [Violates("pointer")]
    public static unsafe byte Fixed(byte[] a)
    {
        fixed (byte* p = a)
        {
            return *p;
        }
    }

    [Violates("pointer")]
    [Violates("opcode")]
    public static unsafe void FunctionPointer(delegate*<void> f) => f();

    [Violates("sizeof")]
    public static unsafe int SizeOf() => sizeof(Pair);

    [Violates("native-import")]
    [DllImport("none")]
    public static extern void Import();
}

internal struct Pair
{
    public int A;
    public int B;
}

[Violates("explicit-layout")]
[StructLayout(LayoutKind.Explicit)]
internal struct Union
{
    [FieldOffset(0)]
    public int A;

    [FieldOffset(0)]
    public uint B;
}

internal interface IDefault
{
    [Violates("default-interface-method")]
    int Value() => 1;

    int Plain();
}

[Violates("embedded-type")]
internal readonly struct ReadOnlyStruct
{
    public readonly int A;
}

internal class Parameters
{
    [Violates("embedded-type")]
    public static int In(in Pair pair) => pair.A;

    [Violates("embedded-type")]
    [Violates("modifier")]
    public virtual int VirtualIn(in Pair pair) => pair.A;

    public int Init { get; [Violates("modifier")] init; }
}

internal static class Checked
{
    [Violates("overflow-check")]
    public static int Add(int a, int b) => checked(a + b);

    [Violates("overflow-check")]
    public static byte Convert(int a) => checked((byte)a);

    // The compiler checks an index of 64 bits by itself.
    [Violates("overflow-check")]
    public static byte LongIndex(byte[] a, long i) => a[i];
}

internal enum Color
{
    Red,
    Green,
}

internal static class Enums
{
    [Violates("enum-text")]
    public static string Text(Color c) => c.ToString();

    [Violates("enum-text")]
    public static string Concat(Color c) => "color " + c;

    // An enum of another assembly.
    [Violates("enum-text")]
    public static object Boxed(DayOfWeek d) => d;
}

internal static class Tokens
{
    [Violates("token")]
    public static void RunConstructor(Type type) => RuntimeHelpers.RunClassConstructor(type.TypeHandle);

    [Violates("token")]
    public static int Hash(object o) => RuntimeHelpers.GetHashCode(o);
}

internal static class Long
{
    [Violates("too-long")]
    public static int Cases(int x)
    {
        switch (x)
        {
            case 0: return 3; case 1: return 10; case 2: return 17; case 3: return 24; case 4: return 31;
            case 5: return 38; case 6: return 45; case 7: return 52; case 8: return 59; case 9: return 66;
            case 10: return 73; case 11: return 80; case 12: return 87; case 13: return 94; case 14: return 101;
            case 15: return 108; case 16: return 115; case 17: return 122; case 18: return 129; case 19: return 136;
            case 20: return 143; case 21: return 150; case 22: return 157; case 23: return 164; case 24: return 171;
            case 25: return 178; case 26: return 185; case 27: return 192; case 28: return 199; case 29: return 206;
            case 30: return 213; case 31: return 220; case 32: return 227; case 33: return 234; case 34: return 241;
            case 35: return 248; case 36: return 255; case 37: return 262; case 38: return 269; case 39: return 276;
            case 40: return 283; case 41: return 290; case 42: return 297; case 43: return 304; case 44: return 311;
            case 45: return 318; case 46: return 325; case 47: return 332; case 48: return 339; case 49: return 346;
            case 50: return 353; case 51: return 360; case 52: return 367; case 53: return 374; case 54: return 381;
            case 55: return 388; case 56: return 395; case 57: return 402; case 58: return 409; case 59: return 416;
            case 60: return 423; case 61: return 430; case 62: return 437; case 63: return 444; case 64: return 451;
            case 65: return 458; case 66: return 465; case 67: return 472; case 68: return 479; case 69: return 486;
            case 70: return 493; case 71: return 500; case 72: return 507; case 73: return 514; case 74: return 521;
            case 75: return 528; case 76: return 535; case 77: return 542; case 78: return 549; case 79: return 556;
            case 80: return 563; case 81: return 570; case 82: return 577; case 83: return 584; case 84: return 591;
            case 85: return 598; case 86: return 605; case 87: return 612; case 88: return 619; case 89: return 626;
            case 90: return 633; case 91: return 640; case 92: return 647; case 93: return 654; case 94: return 661;
            case 95: return 668; case 96: return 675; case 97: return 682; case 98: return 689; case 99: return 696;
            case 100: return 703; case 101: return 710; case 102: return 717; case 103: return 724; case 104: return 731;
            case 105: return 738; case 106: return 745; case 107: return 752; case 108: return 759; case 109: return 766;
            case 110: return 773; case 111: return 780; case 112: return 787; case 113: return 794; case 114: return 801;
            case 115: return 808; case 116: return 815; case 117: return 822; case 118: return 829; case 119: return 836;
            case 120: return 843; case 121: return 850; case 122: return 857; case 123: return 864; case 124: return 871;
            case 125: return 878; case 126: return 885; case 127: return 892; case 128: return 899; case 129: return 906;
            case 130: return 913; case 131: return 920; case 132: return 927; case 133: return 934; case 134: return 941;
            case 135: return 948; case 136: return 955; case 137: return 962; case 138: return 969; case 139: return 976;
            case 140: return 983; case 141: return 990; case 142: return 997; case 143: return 4; case 144: return 11;
            case 145: return 18; case 146: return 25; case 147: return 32; case 148: return 39; case 149: return 46;
            case 150: return 53; case 151: return 60; case 152: return 67; case 153: return 74; case 154: return 81;
            case 155: return 88; case 156: return 95; case 157: return 102; case 158: return 109; case 159: return 116;
            case 160: return 123; case 161: return 130; case 162: return 137; case 163: return 144; case 164: return 151;
            case 165: return 158; case 166: return 165; case 167: return 172; case 168: return 179; case 169: return 186;
            case 170: return 193; case 171: return 200; case 172: return 207; case 173: return 214; case 174: return 221;
            case 175: return 228; case 176: return 235; case 177: return 242; case 178: return 249; case 179: return 256;
            case 180: return 263; case 181: return 270; case 182: return 277; case 183: return 284; case 184: return 291;
            case 185: return 298; case 186: return 305; case 187: return 312; case 188: return 319; case 189: return 326;
            case 190: return 333; case 191: return 340; case 192: return 347; case 193: return 354; case 194: return 361;
            case 195: return 368; case 196: return 375; case 197: return 382; case 198: return 389; case 199: return 396;
            case 200: return 403; case 201: return 410; case 202: return 417; case 203: return 424; case 204: return 431;
            case 205: return 438; case 206: return 445; case 207: return 452; case 208: return 459; case 209: return 466;
            case 210: return 473; case 211: return 480; case 212: return 487; case 213: return 494; case 214: return 501;
            case 215: return 508; case 216: return 515; case 217: return 522; case 218: return 529; case 219: return 536;
            case 220: return 543; case 221: return 550; case 222: return 557; case 223: return 564; case 224: return 571;
            case 225: return 578; case 226: return 585; case 227: return 592; case 228: return 599; case 229: return 606;
            case 230: return 613; case 231: return 620; case 232: return 627; case 233: return 634; case 234: return 641;
            case 235: return 648; case 236: return 655; case 237: return 662; case 238: return 669; case 239: return 676;
            case 240: return 683; case 241: return 690; case 242: return 697; case 243: return 704; case 244: return 711;
            case 245: return 718; case 246: return 725; case 247: return 732; case 248: return 739; case 249: return 746;
            case 250: return 753; case 251: return 760; case 252: return 767; case 253: return 774; case 254: return 781;
            case 255: return 788; case 256: return 795; case 257: return 802; case 258: return 809; case 259: return 816;
            default: return 0;
        }
    }
}

internal static class StaticReader
{
    public static readonly int Plain = 5;

    [Violates("static-order")]
    static StaticReader()
    {
        First = StaticSource.Value;
    }

    public static int First;
}

internal static class StaticReaderByCall
{
    [Violates("static-order")]
    static StaticReaderByCall()
    {
        First = StaticSource.Get();
    }

    public static int First;
}

internal static class StaticSource
{
    public static readonly object Lock = new object();
    public static readonly int Value = Lock.GetHashCode();

    public static int Get() => Value;
}
