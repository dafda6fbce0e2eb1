using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Histories;

namespace Toystore.Simulation.Workloads;

/// <summary>One client: asks one thing after another, remembers the contexts it was given, and sends again what it does not know the end of.</summary>
internal sealed class WorkloadClient(int number, Workload workload, IClusterUnderTest cluster, Chance chance)
{
    private const int BurstMax = 10;
    private const int AttemptsMax = 3;
    private const int ContextsKept = 4;
    private readonly Dictionary<Key, List<SeenContext>> _seen = [];
    private int _home;

    private WorkloadPlan Plan => workload.Plan;

    private History History => workload.History;

    /// <summary>Works until its time is up.</summary>
    public async Task RunAsync()
    {
        _home = chance.Next(cluster.Nodes);
        while (true)
        {
            await cluster.Loop.PassAsync(chance.Exponential(Plan.Pause));
            if (cluster.Loop.Now >= workload.Until)
            {
                return;
            }

            if (PickNode() is { } node)
            {
                await DoAsync(PickKind(), node, PickKey());
            }
        }
    }

    private Task DoAsync(WorkKind kind, int node, Key key)
    {
        var isLastWrite = cluster.Ring.Topology.PolicyFor(key) == ConflictPolicy.LastWriteWins;
        var seen = isLastWrite ? null : PickContext(key);
        return kind switch
        {
            WorkKind.Read => ReadAsync(node, key),
            WorkKind.List => ListAsync(node),
            WorkKind.Burst => BurstAsync(key),
            WorkKind.Clear => WriteAsync(node, key, null, isDelete: true),
            WorkKind.Delete when seen is not null || isLastWrite => WriteAsync(node, key, seen, isDelete: true),
            WorkKind.Replace when seen is not null => WriteAsync(node, key, seen),
            WorkKind.IfUnchanged when seen is not null => WriteAsync(node, key, seen, isDelete: chance.Hits(0.2), precondition: new Precondition.Unchanged(seen.Token)),
            WorkKind.IfAbsent when !isLastWrite => WriteAsync(node, key, null, precondition: new Precondition.Absent()),
            WorkKind.IfPresent when !isLastWrite => WriteAsync(node, key, null, precondition: new Precondition.Present()),
            WorkKind.Put or WorkKind.IfAbsent or WorkKind.IfPresent => WriteAsync(node, key, null),
            _ => ReadAsync(node, key), // what needs a context needs a read first
        };
    }

    private async Task ReadAsync(int node, Key key)
    {
        var copies = cluster.Ring.QuorumsOf(Slot.Of(key)).Copies;
        var options = new ReadOptions { R = OwnQuorum(copies), Sloppy = PickSloppy(), Timeout = PickPatience() };
        var read = History.BeginRead(number, node, key, options);
        Remember(key, History.End(read, await cluster.AskAsync<ReadOutcome?>(node, async store => await store.GetAsync(key, options), null)));
    }

    private async Task WriteAsync(int node, Key key, SeenContext? seen, bool isDelete = false, Precondition? precondition = null)
    {
        var (name, request) = workload.NewName();
        var hasRequestId = isDelete || chance.Hits(Plan.RequestIds);
        var options = new WriteOptions
        {
            Context = seen?.Token,
            Precondition = precondition,
            W = OwnQuorum(cluster.Ring.QuorumsOf(Slot.Of(key)).Copies),
            Durability = chance.Hits(Plan.OwnDurability) ? chance.Pick([WriteDurability.Fsync, WriteDurability.Os]) : null,
            RequestId = hasRequestId ? request : null,
            Sloppy = PickSloppy(),
            Timeout = PickPatience(),
        };
        var payload = isDelete ? null : History.Payload(name, PickSize());
        var expires = payload is not null && chance.Hits(Plan.Expires) ? cluster.WallClock(node) + chance.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(3)) : (DateTimeOffset?)null;
        var write = History.BeginWrite(number, node, key, name, payload, options, seen, expires);
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await cluster.AskAsync<WriteOutcome?>(
                node, async store => payload is null ? await store.DeleteAsync(key, options) : await store.PutAsync(key, new Value(payload, null, expires), options), null);
            Remember(key, History.End(write, outcome));
            var isKnown = outcome is not (null or WriteOutcome.Unknown);
            if (isKnown || !hasRequestId || attempt == AttemptsMax || !chance.Hits(Plan.Retries))
            {
                return;
            }

            await cluster.Loop.PassAsync(chance.Exponential(Plan.Pause));
            if (PickNode() is not { } again)
            {
                return;
            }

            node = again;
            History.Again(write, node);
        }
    }

    private Task BurstAsync(Key key)
    {
        var requests = new List<Task>();
        for (var i = chance.Next(3, BurstMax + 1); i > 0; i--)
        {
            if (PickNode() is { } node)
            {
                requests.Add(DoAsync(chance.Pick([WorkKind.Put, WorkKind.Put, WorkKind.Replace, WorkKind.IfAbsent, WorkKind.IfUnchanged, WorkKind.Read]), node, key));
            }
        }

        return Task.WhenAll(requests);
    }

    private async Task ListAsync(int node)
    {
        var options = new ListOptions { Limit = chance.Hits(0.5) ? ListOptions.LimitMax : chance.Next(1, 4), R = chance.Hits(Plan.OwnQuorums) ? cluster.Ring.QuorumsOf(default).Copies : null, Timeout = Plan.Patience * 4 };
        var list = History.BeginList(number, node, options);
        var keys = new List<Key>();
        while (true)
        {
            var asked = options;
            if (await cluster.AskAsync<ListOutcome?>(node, async store => await store.ListAsync(asked), null) is not ListOutcome.Page page)
            {
                History.End(list, null);
                return;
            }

            keys.AddRange(page.Keys);
            if (page.Next is null)
            {
                History.End(list, keys);
                return;
            }

            options = options with { After = page.Next };
        }
    }

    private void Remember(Key key, SeenContext? context)
    {
        if (context is null)
        {
            return;
        }

        if (!_seen.TryGetValue(key, out var contexts))
        {
            _seen.Add(key, contexts = []);
        }

        contexts.Add(context);
        if (contexts.Count > ContextsKept)
        {
            contexts.RemoveAt(0);
        }
    }

    // The last one as a rule; now and then an older one, as of somebody who took their time.
    private SeenContext? PickContext(Key key) => !_seen.TryGetValue(key, out var contexts) ? null : chance.Hits(0.85) ? contexts[^1] : chance.Pick(contexts);

    private int? PickNode()
    {
        if (!cluster.IsUp(_home) || !chance.Hits(Plan.Faithful))
        {
            var up = Enumerable.Range(0, cluster.Nodes).Where(cluster.IsUp).ToList();
            if (up.Count == 0)
            {
                return null;
            }

            _home = chance.Pick(up);
        }

        return _home;
    }

    private Key PickKey() => chance.Hits(Plan.HotKey) ? workload.Keys[0] : chance.Pick(workload.Keys);

    private WorkKind PickKind()
    {
        var at = chance.Next(Plan.Mix.Sum(each => each.Weight));
        foreach (var (kind, weight) in Plan.Mix)
        {
            at -= weight;
            if (at < 0)
            {
                return kind;
            }
        }

        return WorkKind.Read;
    }

    private int? OwnQuorum(int copies) => chance.Hits(Plan.OwnQuorums) ? chance.Hits(0.5) ? chance.Next(1, copies + 1) : chance.Pick([1, copies]) : null;

    private TimeSpan PickPatience() => chance.Hits(Plan.Hasty) ? chance.Between(TimeSpan.FromMilliseconds(1), Plan.Patience / 4) : Plan.Patience;

    private bool? PickSloppy() => chance.Hits(Plan.Strict) ? false : null;

    private int PickSize() => chance.Hits(Plan.Large) ? FrameFormat.BulkBytesMin + chance.Next(32 * 1024) : chance.Next(4) switch
    {
        0 => 0,
        1 => chance.Next(40),
        2 => chance.Next(600),
        _ => chance.Next(5000),
    };
}
