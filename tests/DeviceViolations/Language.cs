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
    public static int Locals(int[] a)
    {
        int a0 = a[0]; int a1 = a[1]; int a2 = a[2]; int a3 = a[3]; int a4 = a[4]; int a5 = a[5]; int a6 = a[6]; int a7 = a[7]; int a8 = a[8]; int a9 = a[9];
        int a10 = a[10]; int a11 = a[11]; int a12 = a[12]; int a13 = a[13]; int a14 = a[14]; int a15 = a[15]; int a16 = a[16]; int a17 = a[17]; int a18 = a[18]; int a19 = a[19];
        int a20 = a[20]; int a21 = a[21]; int a22 = a[22]; int a23 = a[23]; int a24 = a[24]; int a25 = a[25]; int a26 = a[26]; int a27 = a[27]; int a28 = a[28]; int a29 = a[29];
        int a30 = a[30]; int a31 = a[31]; int a32 = a[32]; int a33 = a[33]; int a34 = a[34]; int a35 = a[35]; int a36 = a[36]; int a37 = a[37]; int a38 = a[38]; int a39 = a[39];
        int a40 = a[40]; int a41 = a[41]; int a42 = a[42]; int a43 = a[43]; int a44 = a[44]; int a45 = a[45]; int a46 = a[46]; int a47 = a[47]; int a48 = a[48]; int a49 = a[49];
        int a50 = a[50]; int a51 = a[51]; int a52 = a[52]; int a53 = a[53]; int a54 = a[54]; int a55 = a[55]; int a56 = a[56]; int a57 = a[57]; int a58 = a[58]; int a59 = a[59];
        int a60 = a[60]; int a61 = a[61]; int a62 = a[62]; int a63 = a[63]; int a64 = a[64]; int a65 = a[65]; int a66 = a[66]; int a67 = a[67]; int a68 = a[68]; int a69 = a[69];
        int a70 = a[70]; int a71 = a[71]; int a72 = a[72]; int a73 = a[73]; int a74 = a[74]; int a75 = a[75]; int a76 = a[76]; int a77 = a[77]; int a78 = a[78]; int a79 = a[79];
        int a80 = a[80]; int a81 = a[81]; int a82 = a[82]; int a83 = a[83]; int a84 = a[84]; int a85 = a[85]; int a86 = a[86]; int a87 = a[87]; int a88 = a[88]; int a89 = a[89];
        int a90 = a[90]; int a91 = a[91]; int a92 = a[92]; int a93 = a[93]; int a94 = a[94]; int a95 = a[95]; int a96 = a[96]; int a97 = a[97]; int a98 = a[98]; int a99 = a[99];
        int a100 = a[100]; int a101 = a[101]; int a102 = a[102]; int a103 = a[103]; int a104 = a[104]; int a105 = a[105]; int a106 = a[106]; int a107 = a[107]; int a108 = a[108]; int a109 = a[109];
        int a110 = a[110]; int a111 = a[111]; int a112 = a[112]; int a113 = a[113]; int a114 = a[114]; int a115 = a[115]; int a116 = a[116]; int a117 = a[117]; int a118 = a[118]; int a119 = a[119];
        int a120 = a[120]; int a121 = a[121]; int a122 = a[122]; int a123 = a[123]; int a124 = a[124]; int a125 = a[125]; int a126 = a[126]; int a127 = a[127]; int a128 = a[128]; int a129 = a[129];
        int a130 = a[130]; int a131 = a[131]; int a132 = a[132]; int a133 = a[133]; int a134 = a[134]; int a135 = a[135]; int a136 = a[136]; int a137 = a[137]; int a138 = a[138]; int a139 = a[139];
        int a140 = a[140]; int a141 = a[141]; int a142 = a[142]; int a143 = a[143]; int a144 = a[144]; int a145 = a[145]; int a146 = a[146]; int a147 = a[147]; int a148 = a[148]; int a149 = a[149];
        int a150 = a[150]; int a151 = a[151]; int a152 = a[152]; int a153 = a[153]; int a154 = a[154]; int a155 = a[155]; int a156 = a[156]; int a157 = a[157]; int a158 = a[158]; int a159 = a[159];
        int a160 = a[160]; int a161 = a[161]; int a162 = a[162]; int a163 = a[163]; int a164 = a[164]; int a165 = a[165]; int a166 = a[166]; int a167 = a[167]; int a168 = a[168]; int a169 = a[169];
        int a170 = a[170]; int a171 = a[171]; int a172 = a[172]; int a173 = a[173]; int a174 = a[174]; int a175 = a[175]; int a176 = a[176]; int a177 = a[177]; int a178 = a[178]; int a179 = a[179];
        int a180 = a[180]; int a181 = a[181]; int a182 = a[182]; int a183 = a[183]; int a184 = a[184]; int a185 = a[185]; int a186 = a[186]; int a187 = a[187]; int a188 = a[188]; int a189 = a[189];
        int a190 = a[190]; int a191 = a[191]; int a192 = a[192]; int a193 = a[193]; int a194 = a[194]; int a195 = a[195]; int a196 = a[196]; int a197 = a[197]; int a198 = a[198]; int a199 = a[199];
        int a200 = a[200]; int a201 = a[201]; int a202 = a[202]; int a203 = a[203]; int a204 = a[204]; int a205 = a[205]; int a206 = a[206]; int a207 = a[207]; int a208 = a[208]; int a209 = a[209];
        int a210 = a[210]; int a211 = a[211]; int a212 = a[212]; int a213 = a[213]; int a214 = a[214]; int a215 = a[215]; int a216 = a[216]; int a217 = a[217]; int a218 = a[218]; int a219 = a[219];
        int a220 = a[220]; int a221 = a[221]; int a222 = a[222]; int a223 = a[223]; int a224 = a[224]; int a225 = a[225]; int a226 = a[226]; int a227 = a[227]; int a228 = a[228]; int a229 = a[229];
        int a230 = a[230]; int a231 = a[231]; int a232 = a[232]; int a233 = a[233]; int a234 = a[234]; int a235 = a[235]; int a236 = a[236]; int a237 = a[237]; int a238 = a[238]; int a239 = a[239];
        int a240 = a[240]; int a241 = a[241]; int a242 = a[242]; int a243 = a[243]; int a244 = a[244]; int a245 = a[245]; int a246 = a[246]; int a247 = a[247]; int a248 = a[248]; int a249 = a[249];
        int a250 = a[250]; int a251 = a[251]; int a252 = a[252]; int a253 = a[253]; int a254 = a[254]; int a255 = a[255]; int a256 = a[256]; int a257 = a[257]; int a258 = a[258]; int a259 = a[259];
        return
            a0 * a0 + a1 * a1 + a2 * a2 + a3 * a3 + a4 * a4 + a5 * a5 + a6 * a6 + a7 * a7 + a8 * a8 + a9 * a9 +
            a10 * a10 + a11 * a11 + a12 * a12 + a13 * a13 + a14 * a14 + a15 * a15 + a16 * a16 + a17 * a17 + a18 * a18 + a19 * a19 +
            a20 * a20 + a21 * a21 + a22 * a22 + a23 * a23 + a24 * a24 + a25 * a25 + a26 * a26 + a27 * a27 + a28 * a28 + a29 * a29 +
            a30 * a30 + a31 * a31 + a32 * a32 + a33 * a33 + a34 * a34 + a35 * a35 + a36 * a36 + a37 * a37 + a38 * a38 + a39 * a39 +
            a40 * a40 + a41 * a41 + a42 * a42 + a43 * a43 + a44 * a44 + a45 * a45 + a46 * a46 + a47 * a47 + a48 * a48 + a49 * a49 +
            a50 * a50 + a51 * a51 + a52 * a52 + a53 * a53 + a54 * a54 + a55 * a55 + a56 * a56 + a57 * a57 + a58 * a58 + a59 * a59 +
            a60 * a60 + a61 * a61 + a62 * a62 + a63 * a63 + a64 * a64 + a65 * a65 + a66 * a66 + a67 * a67 + a68 * a68 + a69 * a69 +
            a70 * a70 + a71 * a71 + a72 * a72 + a73 * a73 + a74 * a74 + a75 * a75 + a76 * a76 + a77 * a77 + a78 * a78 + a79 * a79 +
            a80 * a80 + a81 * a81 + a82 * a82 + a83 * a83 + a84 * a84 + a85 * a85 + a86 * a86 + a87 * a87 + a88 * a88 + a89 * a89 +
            a90 * a90 + a91 * a91 + a92 * a92 + a93 * a93 + a94 * a94 + a95 * a95 + a96 * a96 + a97 * a97 + a98 * a98 + a99 * a99 +
            a100 * a100 + a101 * a101 + a102 * a102 + a103 * a103 + a104 * a104 + a105 * a105 + a106 * a106 + a107 * a107 + a108 * a108 + a109 * a109 +
            a110 * a110 + a111 * a111 + a112 * a112 + a113 * a113 + a114 * a114 + a115 * a115 + a116 * a116 + a117 * a117 + a118 * a118 + a119 * a119 +
            a120 * a120 + a121 * a121 + a122 * a122 + a123 * a123 + a124 * a124 + a125 * a125 + a126 * a126 + a127 * a127 + a128 * a128 + a129 * a129 +
            a130 * a130 + a131 * a131 + a132 * a132 + a133 * a133 + a134 * a134 + a135 * a135 + a136 * a136 + a137 * a137 + a138 * a138 + a139 * a139 +
            a140 * a140 + a141 * a141 + a142 * a142 + a143 * a143 + a144 * a144 + a145 * a145 + a146 * a146 + a147 * a147 + a148 * a148 + a149 * a149 +
            a150 * a150 + a151 * a151 + a152 * a152 + a153 * a153 + a154 * a154 + a155 * a155 + a156 * a156 + a157 * a157 + a158 * a158 + a159 * a159 +
            a160 * a160 + a161 * a161 + a162 * a162 + a163 * a163 + a164 * a164 + a165 * a165 + a166 * a166 + a167 * a167 + a168 * a168 + a169 * a169 +
            a170 * a170 + a171 * a171 + a172 * a172 + a173 * a173 + a174 * a174 + a175 * a175 + a176 * a176 + a177 * a177 + a178 * a178 + a179 * a179 +
            a180 * a180 + a181 * a181 + a182 * a182 + a183 * a183 + a184 * a184 + a185 * a185 + a186 * a186 + a187 * a187 + a188 * a188 + a189 * a189 +
            a190 * a190 + a191 * a191 + a192 * a192 + a193 * a193 + a194 * a194 + a195 * a195 + a196 * a196 + a197 * a197 + a198 * a198 + a199 * a199 +
            a200 * a200 + a201 * a201 + a202 * a202 + a203 * a203 + a204 * a204 + a205 * a205 + a206 * a206 + a207 * a207 + a208 * a208 + a209 * a209 +
            a210 * a210 + a211 * a211 + a212 * a212 + a213 * a213 + a214 * a214 + a215 * a215 + a216 * a216 + a217 * a217 + a218 * a218 + a219 * a219 +
            a220 * a220 + a221 * a221 + a222 * a222 + a223 * a223 + a224 * a224 + a225 * a225 + a226 * a226 + a227 * a227 + a228 * a228 + a229 * a229 +
            a230 * a230 + a231 * a231 + a232 * a232 + a233 * a233 + a234 * a234 + a235 * a235 + a236 * a236 + a237 * a237 + a238 * a238 + a239 * a239 +
            a240 * a240 + a241 * a241 + a242 * a242 + a243 * a243 + a244 * a244 + a245 * a245 + a246 * a246 + a247 * a247 + a248 * a248 + a249 * a249 +
            a250 * a250 + a251 * a251 + a252 * a252 + a253 * a253 + a254 * a254 + a255 * a255 + a256 * a256 + a257 * a257 + a258 * a258 + a259 * a259;
    }

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

[Violates("too-long")]
internal static class ManyMethods
{
    public static void M0() { } public static void M1() { } public static void M2() { } public static void M3() { } public static void M4() { } public static void M5() { } public static void M6() { } public static void M7() { }

    public static void M8() { } public static void M9() { } public static void M10() { } public static void M11() { } public static void M12() { } public static void M13() { } public static void M14() { } public static void M15() { }

    public static void M16() { } public static void M17() { } public static void M18() { } public static void M19() { } public static void M20() { } public static void M21() { } public static void M22() { } public static void M23() { }

    public static void M24() { } public static void M25() { } public static void M26() { } public static void M27() { } public static void M28() { } public static void M29() { } public static void M30() { } public static void M31() { }

    public static void M32() { } public static void M33() { } public static void M34() { } public static void M35() { } public static void M36() { } public static void M37() { } public static void M38() { } public static void M39() { }

    public static void M40() { } public static void M41() { } public static void M42() { } public static void M43() { } public static void M44() { } public static void M45() { } public static void M46() { } public static void M47() { }

    public static void M48() { } public static void M49() { } public static void M50() { } public static void M51() { } public static void M52() { } public static void M53() { } public static void M54() { } public static void M55() { }

    public static void M56() { } public static void M57() { } public static void M58() { } public static void M59() { } public static void M60() { } public static void M61() { } public static void M62() { } public static void M63() { }

    public static void M64() { } public static void M65() { } public static void M66() { } public static void M67() { } public static void M68() { } public static void M69() { } public static void M70() { } public static void M71() { }

    public static void M72() { } public static void M73() { } public static void M74() { } public static void M75() { } public static void M76() { } public static void M77() { } public static void M78() { } public static void M79() { }

    public static void M80() { } public static void M81() { } public static void M82() { } public static void M83() { } public static void M84() { } public static void M85() { } public static void M86() { } public static void M87() { }

    public static void M88() { } public static void M89() { } public static void M90() { } public static void M91() { } public static void M92() { } public static void M93() { } public static void M94() { } public static void M95() { }

    public static void M96() { } public static void M97() { } public static void M98() { } public static void M99() { } public static void M100() { } public static void M101() { } public static void M102() { } public static void M103() { }

    public static void M104() { } public static void M105() { } public static void M106() { } public static void M107() { } public static void M108() { } public static void M109() { } public static void M110() { } public static void M111() { }

    public static void M112() { } public static void M113() { } public static void M114() { } public static void M115() { } public static void M116() { } public static void M117() { } public static void M118() { } public static void M119() { }

    public static void M120() { } public static void M121() { } public static void M122() { } public static void M123() { } public static void M124() { } public static void M125() { } public static void M126() { } public static void M127() { }

    public static void M128() { } public static void M129() { } public static void M130() { } public static void M131() { } public static void M132() { } public static void M133() { } public static void M134() { } public static void M135() { }

    public static void M136() { } public static void M137() { } public static void M138() { } public static void M139() { } public static void M140() { } public static void M141() { } public static void M142() { } public static void M143() { }

    public static void M144() { } public static void M145() { } public static void M146() { } public static void M147() { } public static void M148() { } public static void M149() { } public static void M150() { } public static void M151() { }

    public static void M152() { } public static void M153() { } public static void M154() { } public static void M155() { } public static void M156() { } public static void M157() { } public static void M158() { } public static void M159() { }

    public static void M160() { } public static void M161() { } public static void M162() { } public static void M163() { } public static void M164() { } public static void M165() { } public static void M166() { } public static void M167() { }

    public static void M168() { } public static void M169() { } public static void M170() { } public static void M171() { } public static void M172() { } public static void M173() { } public static void M174() { } public static void M175() { }

    public static void M176() { } public static void M177() { } public static void M178() { } public static void M179() { } public static void M180() { } public static void M181() { } public static void M182() { } public static void M183() { }

    public static void M184() { } public static void M185() { } public static void M186() { } public static void M187() { } public static void M188() { } public static void M189() { } public static void M190() { } public static void M191() { }

    public static void M192() { } public static void M193() { } public static void M194() { } public static void M195() { } public static void M196() { } public static void M197() { } public static void M198() { } public static void M199() { }

    public static void M200() { } public static void M201() { } public static void M202() { } public static void M203() { } public static void M204() { } public static void M205() { } public static void M206() { } public static void M207() { }

    public static void M208() { } public static void M209() { } public static void M210() { } public static void M211() { } public static void M212() { } public static void M213() { } public static void M214() { } public static void M215() { }

    public static void M216() { } public static void M217() { } public static void M218() { } public static void M219() { } public static void M220() { } public static void M221() { } public static void M222() { } public static void M223() { }

    public static void M224() { } public static void M225() { } public static void M226() { } public static void M227() { } public static void M228() { } public static void M229() { } public static void M230() { } public static void M231() { }

    public static void M232() { } public static void M233() { } public static void M234() { } public static void M235() { } public static void M236() { } public static void M237() { } public static void M238() { } public static void M239() { }

    public static void M240() { } public static void M241() { } public static void M242() { } public static void M243() { } public static void M244() { } public static void M245() { } public static void M246() { } public static void M247() { }

    public static void M248() { } public static void M249() { } public static void M250() { } public static void M251() { } public static void M252() { } public static void M253() { } public static void M254() { } public static void M255() { }
}
