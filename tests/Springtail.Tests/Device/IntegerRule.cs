using System.Collections.Generic;
using System.Linq;

namespace Springtail.Tests.Device;

/// <summary>
/// The integer rule, over a whole program: no signed operation on a value that the CLR may hold as unsigned with its top bit set.
/// <para>
/// nanoFramework's CLR keeps with each value on its stack whether it is signed, and lets that decide what shr, rem, conv.i8,
/// conv.r4 and conv.r8 do; the compiler emits nothing for <c>(int)someUint</c>, nor for <c>(long)someUlong</c>. The value stays
/// unsigned, and so does what is computed from it.
/// </para>
/// <para>
/// What is known of that CLR, each from a run: an operation's result has the signedness of its left operand; loads of types
/// under 32 bits, conv.i4 and narrower ones, constants and comparisons give signed values; a store to a local, an argument, a
/// field, an array element or a box takes the signedness of the place; an argument of a call, a returned value and a store
/// through a reference keep that of the value. Division and comparison go by the opcode alone; division is refused all the same.
/// </para>
/// <para>
/// Each method is interpreted with bounds in place of values (<see cref="IntegerFlow"/>); what it gives to and gets from the
/// program's other methods is joined until nothing changes. A value that is bounded below its top bit (a mask, a shift to the
/// right, a remainder, a smaller type) may be used as signed; a difference of such is unbounded again.
/// </para>
/// </summary>
internal sealed class IntegerRule
{
    // Bounds that still grow after so many rounds are taken to have no end.
    private const int RoundsBeforeWidening = 6;

    private bool _changed;
    private int _round;

    private IntegerRule(DeviceProgram program)
    {
        Program = program;
    }

    public DeviceProgram Program { get; }

    public static List<Finding> Check(DeviceProgram program)
    {
        var rule = new IntegerRule(program);
        List<Finding> findings;
        do
        {
            rule._changed = false;
            rule._round++;
            findings = new List<Finding>();
            foreach (DeviceMethod method in program.Methods.Where(m => m.Body != null))
            {
                findings.AddRange(new IntegerFlow(rule, method).Run());
            }
        }
        while (rule._changed);

        return findings;
    }

    /// <summary>A value is given as an argument of a call.</summary>
    public void Give(DeviceMethod callee, int argument, Value value, string caller)
    {
        // An argument of an unsigned type is unsigned in any case.
        if (value.IsUnsigned && (callee.ArgumentTypes[argument].Kind is TypeKind.I4 or TypeKind.I8))
        {
            Value known = callee.Arguments[argument];
            Value joined = known.Join(value with { Max = known.Max, From = "given by " + caller }, _round > RoundsBeforeWidening);
            _changed |= !joined.Equals(known);
            callee.Arguments[argument] = joined;
        }
    }

    /// <summary>A value is returned.</summary>
    public void Return(DeviceMethod method, Value value)
    {
        if (value.IsUnsigned && (method.Signature.ReturnType.Kind is TypeKind.I4 or TypeKind.I8))
        {
            Value joined = method.Returned.Join(value with { Max = method.Returned.Max, From = "returned by " + method.Name }, _round > RoundsBeforeWidening);
            _changed |= !joined.Equals(method.Returned);
            method.Returned = joined;
        }
    }
}
