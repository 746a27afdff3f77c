using System;
using System.Numerics;

namespace Springtail.Tests.Device;

/// <summary>
/// What is known of a value on the stack or in a variable. Of an integer: its bits on the stack, the largest it can be when read
/// as unsigned, whether the CLR may hold it as unsigned, and the largest it can be if so (0 if never). Of a reference or an
/// array: its type, where that is known.
/// </summary>
internal sealed record Value(int Bits, ulong Max, bool IsUnsigned, ulong UnsignedMax, bool IsConstant = false, TypeSig? Type = null)
{
    public static readonly Value Other = new(0, 0, false, 0);
    public static readonly Value Signed32 = Signed(32, uint.MaxValue);
    public static readonly Value Signed64 = Signed(64, ulong.MaxValue);
    public static readonly Value Unsigned32 = Unsigned(32, uint.MaxValue);
    public static readonly Value Unsigned64 = Unsigned(64, ulong.MaxValue);

    /// <summary>Where an unsigned value came into the method, for the reader of a finding.</summary>
    public string? From { get; init; }

    public bool IsInteger => Bits != 0;

    public ulong Limit => Bits == 32 ? uint.MaxValue : ulong.MaxValue;

    public ulong SignedMax => Limit >> 1;

    /// <summary>A signed operation may give another result than C# says.</summary>
    public bool IsWrongAsSigned => IsUnsigned && UnsignedMax > SignedMax;

    public static Value Signed(int bits, ulong max) => new(bits, max, false, 0);

    public static Value Unsigned(int bits, ulong max) => new(bits, max, true, max);

    public static Value Constant32(int value) => Signed(32, (uint)value) with { IsConstant = true };

    public static Value Constant64(long value) => Signed(64, (ulong)value) with { IsConstant = true };

    public static Value Reference(TypeSig target) => Other with { Type = new TypeSig(TypeKind.ByRef, "ref", target, []) };

    public static Value ArrayOf(TypeSig element) => Other with { Type = new TypeSig(TypeKind.Array, "[]", element, []) };

    /// <summary>A value of a type, loaded from where the type is kept.</summary>
    public static Value Of(TypeSig type) => type.Kind switch
    {
        TypeKind.Bool or TypeKind.U1 => Signed(32, 0xFF),
        TypeKind.Char or TypeKind.U2 => Signed(32, 0xFFFF),
        TypeKind.I1 or TypeKind.I2 or TypeKind.I4 => Signed32,
        TypeKind.U4 => Unsigned32,
        TypeKind.I8 => Signed64,
        TypeKind.U8 => Unsigned64,
        TypeKind.Array or TypeKind.ByRef => Other with { Type = type },
        _ => Other,
    };

    public bool Equals(Value? other) => other != null && Bits == other.Bits && Max == other.Max && IsUnsigned == other.IsUnsigned
        && UnsignedMax == other.UnsignedMax && IsConstant == other.IsConstant && Equals(Type, other.Type);

    public override int GetHashCode() => HashCode.Combine(Bits, Max, IsUnsigned, UnsignedMax);

    /// <summary>The value once it is in a variable of that type: the variable's signedness, the value's bound.</summary>
    public Value StoredAs(TypeSig type)
    {
        Value place = Of(type);
        if (!place.IsInteger || place.Bits != Bits)
        {
            return place;
        }

        ulong max = Math.Min(place.Max, Max);
        return place with { Max = max, UnsignedMax = place.IsUnsigned ? max : 0, IsConstant = IsConstant && Max == max };
    }

    public Value ConvertTo(int bits, bool isUnsigned)
    {
        ulong limit = bits == 32 ? uint.MaxValue : ulong.MaxValue;

        // Widened as signed, a number that may be negative has no bound.
        bool keepsBound = IsInteger && Max <= limit && (isUnsigned || bits == 32 || Bits == 64 || Max <= SignedMax);
        ulong max = keepsBound ? Max : limit;
        return (isUnsigned ? Unsigned(bits, max) : Signed(bits, max)) with { IsConstant = IsConstant && keepsBound };
    }

    /// <summary>neg and not: no bound, the same signedness.</summary>
    public Value Inverted() => this with { Max = Limit, UnsignedMax = IsUnsigned ? Limit : 0, IsConstant = false };

    /// <summary>The result of an operation with this as left operand: its signedness stays.</summary>
    public Value Combine(string code, Value right) => this with
    {
        Max = Bound(code, Max, right),
        UnsignedMax = IsUnsigned ? Bound(code, UnsignedMax, right) : 0,
        IsConstant = false,
    };

    public Value Join(Value other, bool widen = false)
    {
        if (Equals(other))
        {
            return this;
        }

        if (!IsInteger || Bits != other.Bits)
        {
            return Other with { Type = Equals(Type, other.Type) ? Type : null };
        }

        return new Value(Bits, Larger(Max, other.Max), IsUnsigned || other.IsUnsigned, Larger(UnsignedMax, other.UnsignedMax)) { From = From ?? other.From };

        ulong Larger(ulong mine, ulong theirs) => widen && theirs > mine ? Limit : Math.Max(mine, theirs);
    }

    // The largest result with a left operand of at most that; Limit when it may wrap.
    private ulong Bound(string code, ulong left, Value right)
    {
        if (!right.IsInteger)
        {
            return Limit;
        }

        int shift = (int)(right.Max & (ulong)(Bits - 1));
        bool bothPositive = left <= SignedMax && right.Max <= right.SignedMax;
        UInt128? bound = code switch
        {
            "add" => (UInt128)left + right.Max,
            "mul" => (UInt128)left * right.Max,
            "sub" when right is { IsConstant: true, Max: 0 } => left,
            "and" => Math.Min(left, right.Max),
            "or" or "xor" => AllOnes(Math.Max(left, right.Max)),
            "div.un" => Quotient(),
            "div" when bothPositive => Quotient(),
            "rem.un" => Remainder(),
            "rem" when bothPositive => Remainder(),
            "shl" when right.IsConstant => (UInt128)left << shift,
            "shr.un" => right.IsConstant ? left >> shift : left,
            "shr" when left <= SignedMax => right.IsConstant ? left >> shift : left,
            _ => null,
        };
        return bound <= Limit ? (ulong)bound.Value : Limit;

        ulong Quotient() => right is { IsConstant: true, Max: > 0 } ? left / right.Max : left;

        ulong Remainder() => right.Max > 0 ? Math.Min(left, right.Max - 1) : left;

        static ulong AllOnes(ulong value) => value == 0 ? 0 : ulong.MaxValue >> BitOperations.LeadingZeroCount(value);
    }
}
