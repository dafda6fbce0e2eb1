using System.Buffers.Binary;
using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>
/// Reads the parts of the register's messages and states, which may have been made to do harm. A read that finds too little or something impossible marks the reader as failed and gives a default, and so does every read after it.
/// </summary>
internal ref struct RegisterReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool HasFailed { get; private set; }

    /// <summary>True if every read succeeded and nothing is left over.</summary>
    public readonly bool IsWhole => !HasFailed && _rest.IsEmpty;

    public void Require(bool holds) => HasFailed |= !holds;

    public byte U8() => Take(1) is [var value] ? value : (byte)0;

    public bool Flag()
    {
        var value = U8();
        Require(value <= 1);
        return !HasFailed && value == 1;
    }

    public uint U32() => Take(4) is { Length: 4 } span ? BinaryPrimitives.ReadUInt32LittleEndian(span) : 0;

    public ulong U64() => Take(8) is { Length: 8 } span ? BinaryPrimitives.ReadUInt64LittleEndian(span) : 0;

    public Epoch Epoch() => new(U64(), U64());

    public Instance Instance() => new(Epoch(), U64());

    public Ballot Ballot() => new(U64(), new NodeId(U64()), U64());

    public AcceptorName Name() => new(new NodeId(U64()), new DiskId(U64()));

    /// <summary>Null, and failed, for what is not a valid decree.</summary>
    public Decree? Decree()
    {
        Require(U8() == RegisterWriter.DecreeVersion);
        var (epoch, origin, previous, count) = (Epoch(), U64(), U64(), U8());
        Require(count <= Agreement.Decree.AcceptorsMax && epoch.Lineage != 0 && epoch.Number != 0);
        var acceptors = new AcceptorName[HasFailed ? 0 : count];
        for (var i = 0; i < acceptors.Length; i++)
        {
            acceptors[i] = Name();
        }

        var length = U32();
        Require(Agreement.Decree.AreAcceptors(acceptors) && length <= Agreement.Decree.ValueBytesMax);
        var value = Take(HasFailed ? 0 : (int)length);
        return HasFailed ? null : new Decree(epoch, origin, previous, acceptors, value.ToArray());
    }

    public Decree? DecreeOrNone() => Flag() ? Decree() : null;

    public Vote? VoteOrNone()
    {
        if (!Flag())
        {
            return null;
        }

        var ballot = Ballot();
        return Decree() is { } decree ? new Vote(ballot, decree) : null;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (HasFailed || (uint)length > (uint)_rest.Length)
        {
            HasFailed = true;
            return default;
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
