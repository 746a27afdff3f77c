using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Springtail.Tests.Device;

/// <summary>One IL instruction. <see cref="Operand"/> is a token, a constant, a variable's number or a branch target.</summary>
internal sealed record Instruction(int Offset, int Next, OpCode Code, long Operand, ImmutableArray<int> Targets)
{
    private static readonly OpCode?[] s_oneByte = new OpCode?[256];
    private static readonly OpCode?[] s_twoBytes = new OpCode?[256];

    static Instruction()
    {
        foreach (System.Reflection.FieldInfo field in typeof(OpCodes).GetFields())
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? s_oneByte : s_twoBytes)[code.Value & 0xFF] = code;
        }
    }

    /// <summary>The operand as a token.</summary>
    public EntityHandle Token => MetadataTokens.EntityHandle((int)Operand);

    public static List<Instruction> Read(BlobReader il)
    {
        var instructions = new List<Instruction>();
        while (il.RemainingBytes > 0)
        {
            int offset = il.Offset;
            byte first = il.ReadByte();
            OpCode code = (first == 0xFE ? s_twoBytes[il.ReadByte()] : s_oneByte[first]) ?? throw new BadImageFormatException($"no opcode at {offset:x4}");
            long operand = 0;
            int relative = 0;
            int[] cases = [];
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget:
                    relative = il.ReadSByte();
                    break;
                case OperandType.InlineBrTarget:
                    relative = il.ReadInt32();
                    break;
                case OperandType.ShortInlineVar:
                    operand = il.ReadByte();
                    break;
                case OperandType.ShortInlineI:
                    operand = il.ReadSByte();
                    break;
                case OperandType.InlineVar:
                    operand = il.ReadUInt16();
                    break;
                case OperandType.InlineI8:
                    operand = il.ReadInt64();
                    break;
                case OperandType.InlineR:
                    il.ReadInt64();
                    break;
                case OperandType.InlineSwitch:
                    cases = new int[il.ReadInt32()];
                    for (int i = 0; i < cases.Length; i++)
                    {
                        cases[i] = il.ReadInt32();
                    }

                    break;
                case OperandType.ShortInlineR:
                    il.ReadInt32();
                    break;
                default: // tokens and InlineI
                    operand = il.ReadInt32();
                    break;
            }

            int next = il.Offset;
            ImmutableArray<int> targets = code.OperandType switch
            {
                OperandType.ShortInlineBrTarget or OperandType.InlineBrTarget => [next + relative],
                OperandType.InlineSwitch => [.. cases.Select(c => next + c)],
                _ => [],
            };
            instructions.Add(new Instruction(offset, next, code, operand, targets));
        }

        return instructions;
    }
}
