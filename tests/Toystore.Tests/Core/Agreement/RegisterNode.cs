using Toystore.Core;
using Toystore.Core.Agreement;

namespace Toystore.Tests.Core.Agreement;

/// <summary>A node of a <see cref="RegisterWorld"/>: a disk, a process if it is up, and at most one amendment under way.</summary>
internal sealed class RegisterNode(NodeId id, SeedList? seeds)
{
    public NodeId Id { get; } = id;

    public SeedList? Seeds { get; } = seeds;

    public Acceptor Acceptor { get; set; } = new(id, seeds);

    /// <summary>What a process that starts now would find; null for a disk that is empty.</summary>
    public byte[]? Disk { get; set; }

    /// <summary>Former contents of the disk, for rolling back.</summary>
    public List<byte[]> Copies { get; } = [];

    /// <summary>The state that the process answers from; null while it is down.</summary>
    public AcceptorState? Memory { get; set; }

    public bool IsUp => Memory is not null;

    /// <summary>It has reason to believe that its disk is not its first, and founds nothing.</summary>
    public bool IsNoSeed { get; set; }

    public bool IsDiskInDoubt { get; set; }

    /// <summary>Nodes of different sides cannot reach each other.</summary>
    public int Side { get; set; }

    public Amendment? Work { get; set; }

    public bool IsPausing { get; set; }

    /// <summary>What the amendment puts into the value; 0 when founding.</summary>
    public ulong Token { get; set; }

    /// <summary>The disks of the nodes of this cluster, as it last heard of them.</summary>
    public Dictionary<NodeId, DiskId> Heard { get; } = [];

    /// <summary>Whom the amendment asks in place of those it should (<see cref="Wrong.NewAcceptorsDecide"/>).</summary>
    public Dictionary<NodeId, AcceptorName> Redirected { get; } = [];

    public AcceptorState? OnDisk => Disk is null ? null : AcceptorStateCodec.Decode(Disk);
}
