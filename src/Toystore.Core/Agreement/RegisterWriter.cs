using System.Buffers;
using System.Buffers.Binary;
using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>Writes the parts of the register's messages and states, little-endian.</summary>
internal readonly ref struct RegisterWriter(IBufferWriter<byte> to)
{
    /// <summary>Which layout of a decree this is.</summary>
    public const byte DecreeVersion = 1;

    public void U8(byte value) => Take(1)[0] = value;

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Epoch(Epoch epoch)
    {
        U64(epoch.Lineage);
        U64(epoch.Number);
    }

    public void Instance(Instance instance)
    {
        Epoch(instance.After);
        U64(instance.Fingerprint);
    }

    public void Ballot(Ballot ballot)
    {
        U64(ballot.Number);
        U64(ballot.Proposer.Value);
        U64(ballot.Attempt);
    }

    public void Name(AcceptorName name)
    {
        U64(name.Node.Value);
        U64(name.Disk.Value);
    }

    public void Decree(Decree decree)
    {
        U8(DecreeVersion);
        Epoch(decree.Epoch);
        U64(decree.Origin);
        U64(decree.Previous);
        U8((byte)decree.Acceptors.Length);
        foreach (var name in decree.Acceptors)
        {
            Name(name);
        }

        U32((uint)decree.Value.Length);
        decree.Value.Span.CopyTo(Take(decree.Value.Length));
    }

    /// <summary>A byte that says whether there is one, and the decree.</summary>
    public void DecreeOrNone(Decree? decree)
    {
        U8(decree is null ? (byte)0 : (byte)1);
        if (decree is not null)
        {
            Decree(decree);
        }
    }

    /// <summary>A byte that says whether there is one, and the vote.</summary>
    public void VoteOrNone(Vote? vote)
    {
        U8(vote is null ? (byte)0 : (byte)1);
        if (vote is not null)
        {
            Ballot(vote.Ballot);
            Decree(vote.Decree);
        }
    }

    private Span<byte> Take(int count)
    {
        var span = to.GetSpan(count)[..count];
        to.Advance(count);
        return span;
    }
}
