using System.Buffers.Binary;
using Toystore.Core;
using Toystore.Node.Peers;

namespace Toystore.Simulation.Network;

/// <summary>A frame on a wire, by its outside.</summary>
/// <param name="Type">What it is.</param>
/// <param name="RequestId">Which request it is, or answers.</param>
/// <param name="Length">All of its bytes.</param>
internal readonly record struct FrameMark(FrameType Type, ulong RequestId, int Length)
{
    /// <summary>For the trace.</summary>
    public override string ToString() => $"{Type} {RequestId:x} ({Length} B)";

    /// <summary>The frame at the beginning of these bytes: those who send, send whole ones.</summary>
    public static FrameMark At(ReadOnlySpan<byte> bytes)
    {
        Invariant.Require(bytes.Length >= FrameFormat.OverheadBytes, "what is written begins with a frame");
        var length = FrameFormat.LengthBytes + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        Invariant.Require(length <= bytes.Length, "what is written ends with a frame");
        return new FrameMark((FrameType)bytes[4], BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..]), length);
    }
}

/// <summary>What may happen to which frames.</summary>
internal static class FrameTypes
{
    /// <summary>True of what belongs to the connection: it is part of the stream, and nothing happens to it alone.</summary>
    public static bool IsOfConnection(this FrameType type) => type >= FrameType.Hello;

    /// <summary>True if it may arrive twice without meaning more: every reply, whose request is gone after the first, and every request that only reads. A second <see cref="FrameType.CoordinateWrite"/> would be another write, and a second <see cref="FrameType.Store"/> may be taken although the first was refused.</summary>
    public static bool IsIdempotent(this FrameType type) => type is not (FrameType.CoordinateWrite or FrameType.Store) && !type.IsOfConnection();
}
