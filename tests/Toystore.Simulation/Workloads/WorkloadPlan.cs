using Toystore.Simulation.Chances;

namespace Toystore.Simulation.Workloads;

/// <summary>What the clients of a run do. A seed leaves some kinds of requests out, so that what is left meets itself more often (swarm testing, Groce et al. 2012).</summary>
internal sealed record WorkloadPlan
{
    private static readonly (WorkKind Kind, int Weight)[] Usual =
    [
        (WorkKind.Read, 30), (WorkKind.Put, 20), (WorkKind.Replace, 25), (WorkKind.Clear, 3), (WorkKind.Delete, 8), (WorkKind.IfUnchanged, 8), (WorkKind.IfAbsent, 4), (WorkKind.IfPresent, 2), (WorkKind.List, 2), (WorkKind.Burst, 3),
    ];

    /// <summary>Clients at work at the same time.</summary>
    public int Clients { get; init; } = 4;

    /// <summary>Keys whose concurrent values stand side by side.</summary>
    public int Keys { get; init; } = 3;

    /// <summary>Keys whose last write wins.</summary>
    public int LastWriteKeys { get; init; } = 1;

    /// <summary>How long they work.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The mean pause of a client between two requests.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a client gives a request, as a rule.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>What they do, and how often.</summary>
    public IReadOnlyList<(WorkKind Kind, int Weight)> Mix { get; init; } = Usual;

    /// <summary>How often a request asks for an R or W of its own: 0..1, as all that follow.</summary>
    public double OwnQuorums { get; init; }

    /// <summary>How often a request counts owners only, and nobody who stands in for them.</summary>
    public double Strict { get; init; } = 1;

    /// <summary>How often a write says itself how durable it is to be.</summary>
    public double OwnDurability { get; init; }

    /// <summary>How often a put has a request id, so that it can be sent again.</summary>
    public double RequestIds { get; init; } = 0.8;

    /// <summary>How often a client sends again what it does not know the end of.</summary>
    public double Retries { get; init; } = 0.5;

    /// <summary>How often a value is to expire.</summary>
    public double Expires { get; init; }

    /// <summary>How often a value is so large that it travels apart from the others.</summary>
    public double Large { get; init; }

    /// <summary>How often a client has hardly any patience.</summary>
    public double Hasty { get; init; }

    /// <summary>How often a client stays with the node that it asked last.</summary>
    public double Faithful { get; init; } = 0.6;

    /// <summary>How often it is the first key that is asked for.</summary>
    public double HotKey { get; init; } = 0.4;

    /// <summary>What a seed chooses; the rest of the shape is given to it.</summary>
    public static WorkloadPlan Draw(Chance chance)
    {
        var mix = Usual.Select(each => (each.Kind, Weight: each.Kind == WorkKind.Read || chance.Hits(0.7) ? each.Weight : 0)).Where(each => each.Weight > 0).ToList();
        if (mix.TrueForAll(each => each.Kind is not (WorkKind.Put or WorkKind.Replace or WorkKind.IfAbsent)))
        {
            mix.Add((WorkKind.Put, 20));
        }

        return new WorkloadPlan
        {
            Mix = mix,
            LastWriteKeys = chance.Next(3),
            OwnQuorums = Sometimes(chance, 0.4, 0.5),
            OwnDurability = Sometimes(chance, 0.4, 0.6),
            Strict = chance.Pick([1.0, 1.0, 0.3, 0.0]),
            RequestIds = chance.Hits(0.2) ? 0 : 0.8,
            Retries = chance.NextDouble(),
            Expires = Sometimes(chance, 0.25, 0.3),
            Large = Sometimes(chance, 0.25, 0.15),
            Hasty = Sometimes(chance, 0.3, 0.3),
            Faithful = chance.NextDouble(),
            HotKey = chance.NextDouble(),
        };
    }

    private static double Sometimes(Chance chance, double seeds, double most) => chance.Hits(seeds) ? most * chance.NextDouble() : 0;
}
