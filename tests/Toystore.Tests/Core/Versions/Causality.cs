using CsCheck;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

/// <summary>A container together with its exact causal history, kept as plain sets: the oracle that version vectors are held against.</summary>
internal sealed record Traced(Container Container, HashSet<Dot> Known, HashSet<Dot> Superseded)
{
    public static Traced Nothing => new(Container.Empty, [], []);

    public HashSet<Dot> Live => [.. Known.Except(Superseded)];

    public Traced Put(Sibling sibling, Traced seen) =>
        new(Container.Put(sibling, seen.Container.Context), [.. Known, .. seen.Known, sibling.Dot], [.. Superseded, .. seen.Known]);

    public Traced Under(HybridTime floor) => this with { Container = Container.Under(floor) };

    public Traced Merge(Traced other) => new(Container.Merge(other.Container), [.. Known, .. other.Known], [.. Superseded, .. other.Superseded]);
}

/// <summary>One thing that happens to one of the replicas; numbers out of range wrap.</summary>
internal readonly record struct Step(int What, int Replica, int Pick, int Jump);

/// <summary>
/// Several replicas of one key that put with arbitrary stale contexts, delete, write last-write-wins tombstones, receive old and new states in any order, lose or roll back their disks (and then have a new actor), and now and then
/// all learn everything, so that some of them, then or later, put it below the floor. Every state it makes is reachable in a cluster.
/// </summary>
internal sealed class Causality
{
    public static readonly Gen<Step[]> Steps =
        Gen.Select(Gen.Int[0, 13], Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Int[-3, 3]).Select((what, replica, pick, jump) => new Step(what, replica, pick, jump)).Array[1, 60];

    private readonly Traced[] _replicas = [Traced.Nothing, Traced.Nothing, Traced.Nothing, Traced.Nothing];
    private readonly HybridClock[] _clocks = new HybridClock[4];
    private ulong _generations;
    private HybridTime _settled;
    private HashSet<Dot> _known = [];
    private long _now = 1_000;

    public Causality(IEnumerable<Step> steps)
    {
        for (var i = 0; i < _clocks.Length; i++)
        {
            _clocks[i] = NewActor(i);
        }

        foreach (var step in steps)
        {
            _replicas[step.Replica] = Next(step);
            History.Add(_replicas[step.Replica]);
        }
    }

    /// <summary>Every state that any replica was ever in, the first of them empty.</summary>
    public List<Traced> History { get; } = [Traced.Nothing];

    public Traced At(int pick) => History[pick % History.Count];

    public static bool AreSame(Container left, Container right) => left.Siblings.SequenceEqual(right.Siblings) && left.Context == right.Context;

    private Traced Next(Step step)
    {
        var mine = _replicas[step.Replica];
        _now = Math.Max(1, _now + step.Jump);
        switch (step.What)
        {
            case 0 or 1: // read and write here
                return mine.Put(Write(step, mine, mine), mine);
            case 2 or 3: // write with a stale context, or one from elsewhere
                return mine.Put(Write(step, mine, At(step.Pick)), At(step.Pick));
            case 4: // blind write
                return mine.Put(Write(step, mine, Traced.Nothing), Traced.Nothing);
            case 5:
                return mine.Put(Write(step, mine, At(step.Pick), ValueKind.Tombstone), At(step.Pick));
            case 6:
                return mine.Put(Write(step, mine, mine, ValueKind.Tombstone), mine);
            case 7 when step.Pick % 4 == 0: // the disk is wiped, or rolled back
                _clocks[step.Replica] = NewActor(step.Replica);
                return step.Pick % 8 == 0 ? Traced.Nothing : At(step.Pick / 8);
            case 12 when step.Pick % 4 == 0:
                Settle();
                return _replicas[step.Replica];
            case 12 when mine.Container.Context.Floor < _settled && mine.Known.IsSupersetOf(_known):
                return mine.Under(_settled);
            default: // a message, as old as it likes
                return mine.Merge(At(step.Pick));
        }
    }

    // Everything that was ever sent has arrived everywhere, and whoever writes from now on is later.
    private void Settle()
    {
        var all = History.Aggregate(Traced.Nothing, (sum, state) => sum.Merge(state));
        for (var i = 0; i < _replicas.Length; i++)
        {
            _replicas[i] = _replicas[i].Merge(all);
            _settled = _clocks[i].Last > _settled ? _clocks[i].Last : _settled;
        }

        _known = all.Known;
        foreach (var clock in _clocks)
        {
            clock.Raise(_settled);
        }
    }

    private Sibling Write(Step step, Traced mine, Traced seen, ValueKind kind = ValueKind.Bytes)
    {
        var clock = _clocks[step.Replica];
        clock.TryObserve(mine.Container.Context, new UnixTime(_now));
        clock.TryObserve(seen.Container.Context, new UnixTime(_now));
        var dot = clock.Mint(new UnixTime(_now));
        return new Sibling(dot, kind == ValueKind.Tombstone ? default : new byte[step.Pick % 7], kind: kind);
    }

    private HybridClock NewActor(int replica) => new(new ActorId(new NodeId((ulong)replica + 1), ++_generations), _settled, TimeSpan.FromMilliseconds(2));
}
