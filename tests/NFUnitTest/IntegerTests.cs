#nullable disable
using nanoFramework.TestFramework;
using Springtail.Packets;

namespace NFUnitTest;

/// <summary>
/// The integer operations that shared code relies on, at the values where a runtime may differ, against written results. The operands are
/// fields, so that no compiler works the results out before.
/// </summary>
[TestClass]
public class IntegerTests
{
    private static byte s_u8 = 0xF7;
    private static ushort s_u16 = 0xFEDC;
    private static uint s_u32 = 0xFEDCBA98;
    private static uint s_one = 1;
    private static uint s_zero = 0;
    private static ulong s_u64 = 0xFEDCBA9876543210;
    private static long s_negative = -7;
    private static long s_least = -0x4000000000000000;
    private static int s_int = -7;

    [TestMethod]
    public void UnsignedShiftsAndRotations()
    {
        Assert.AreEqual(0x1FDB9753u, s_u32 >> 3);
        Assert.AreEqual(0xF6E5D4C0u, s_u32 << 3);
        Assert.AreEqual(0xDCBA98FEu, (s_u32 << 8) | (s_u32 >> 24));
        Assert.AreEqual(0x1FDB97530ECA8642ul, s_u64 >> 3);
        Assert.AreEqual(0x76543210FEDCBA98ul, (s_u64 << 32) | (s_u64 >> 32));
        Assert.AreEqual(0xFEDCBA98u, (uint)(s_u64 >> 32));
        Assert.AreEqual(0x76543210u, (uint)s_u64);
        Assert.AreEqual(0xF7000000u, (uint)s_u8 << 24);
        Assert.AreEqual(0xF700000000000000ul, (ulong)s_u8 << 56);
    }

    [TestMethod]
    public void WideningAndProducts()
    {
        Assert.AreEqual(0xFEDCBA98ul, (ulong)s_u32);
        Assert.AreEqual(0xFEDCBA98L, (long)s_u32);
        Assert.AreEqual(0xFDBAC096DD413A40ul, (ulong)s_u32 * s_u32);
        Assert.AreEqual(0xFDBAC096u, (uint)((ulong)s_u32 * s_u32 >> 32));

        // The word twice in 64 bits, as SHA-256 rotates.
        Assert.AreEqual(0xFEDCBA98FEDCBA98ul, s_u32 * 0x100000001ul);
        Assert.AreEqual(0x4C7F6E5Du, (uint)((s_u32 * 0x100000001ul) >> 9));
    }

    [TestMethod]
    public void WrapAround()
    {
        Assert.AreEqual(0xFFFFFFFFu, s_zero - s_one);
        Assert.AreEqual(0xFFFFFFFFFFFFFFFFul, 0ul - s_one);
        Assert.AreEqual(0x01234568u, 0u - s_u32);
        Assert.AreEqual(0xFDB97530u, s_u32 + s_u32);
        Assert.AreEqual((byte)0xEE, (byte)(s_u8 + s_u8));
        Assert.AreEqual((ushort)0xFDB8, (ushort)(s_u16 + s_u16));

        // A borrow, read from the top bit.
        Assert.AreEqual(1u, ((uint)s_u8 - s_u16 - 0u) >> 31);
        Assert.AreEqual(0u, (s_u16 - (uint)s_u8) >> 31);
    }

    [TestMethod]
    public void UnsignedDivisionAndComparison()
    {
        Assert.AreEqual(0x2468ACF1u, s_u32 / 7u);
        Assert.AreEqual(2u, s_u32 % 6u);
        Assert.AreEqual(0x2468ACF13579BE02ul, s_u64 / 7);
        Assert.AreEqual(2ul, s_u64 % 7);
        Assert.IsTrue(s_u32 > s_one);
        Assert.IsTrue(s_u64 > s_one);
        Assert.IsTrue(0x80000000u < s_u32);
    }

    [TestMethod]
    public void SignedShiftsOfFieldsAndElements()
    {
        // A signed 64-bit number that was always signed: P-256 carries so.
        long[] limbs = { s_negative, s_least };
        Assert.AreEqual(-4L, limbs[0] >> 1);
        Assert.AreEqual(-1L, limbs[0] >> 63);
        Assert.AreEqual(0x7FFFFF9L, limbs[0] & 0x7FFFFFF);
        Assert.AreEqual(-0x800000000L, limbs[1] >> 27);
        Assert.AreEqual(-4, s_int >> 1);
        long c = s_negative;
        c = (c >> 1) + limbs[0] * limbs[0];
        Assert.AreEqual(45L, c);
        c -= 90;
        Assert.AreEqual(-12L, c >> 2);
        limbs[0] = (long)(s_u64 & 0x7FFFFFF);
        Assert.AreEqual(0x6543210L, limbs[0]);

        // A mask of all ones made of a bit.
        long mask = 0L - s_one;
        Assert.AreEqual(s_least, limbs[1] & mask);
    }

    [TestMethod]
    public void SignedDivision()
    {
        Assert.AreEqual(-3L, s_negative / 2);
        Assert.AreEqual(-1L, s_negative % 2);
        Assert.AreEqual(-3, s_int / 2);
        Assert.AreEqual(7L, 0 - s_negative);
    }

    [TestMethod]
    public void WireOrder()
    {
        byte[] buffer = new byte[16];
        Wire.WriteU16(buffer, 1, s_u16);
        Wire.WriteU32(buffer, 3, s_u32);
        Wire.WriteU64(buffer, 7, s_u64);
        Assert.AreEqual("00fedcfedcba98fedcba987654321000", Hex.Text(buffer));
        Assert.AreEqual(s_u16, Wire.ReadU16(buffer, 1));
        Assert.AreEqual(s_u32, Wire.ReadU32(buffer, 3));
        Assert.AreEqual(s_u64, Wire.ReadU64(buffer, 7));
        Assert.AreEqual(1L << 62, Wire.ReadMs(buffer, 7));
        Wire.WriteMs(buffer, 0, 1792671081941);
        Assert.AreEqual(1792671081941L, Wire.ReadMs(buffer, 0));
    }
}
