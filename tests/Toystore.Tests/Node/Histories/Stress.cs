using System.Globalization;
using Toystore.Core;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Histories;

/// <summary>
/// A few clients work on a few keys, while wires break, disks hang, fill and fail, and nodes crash and come back: all of it from one seed. Then everything is mended, and the final reads are checked as well.
/// </summary>
internal sealed class Stress
{
    private const int Clients = 4;
    private const int OpsEach = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private static readonly Key[] Keys = ["k0", "k1", "k2"];
    private readonly TestCluster _cluster;
    private readonly Random _random;
    private readonly bool _losesDisk;
    private readonly int _victim;
    private readonly History _history = new();
    private readonly Dictionary<Key, (string LastDone, HashSet<string> Older, HashSet<string> NotDone)> _lastWrites = [];
    private int _names;
    private int _working;
    private bool _hasLostDisk;

    private Stress(TestCluster cluster, int seed)
    {
        _cluster = cluster;
        _random = new Random(seed);
        _losesDisk = seed % 3 == 0;
        _victim = _random.Next(cluster.Nodes.Count);
    }

    /// <summary>Runs a seed; gives the history.</summary>
    public static History Run(int seed)
    {
        History? history = null;
        TestCluster.Run(new ClusterShape(Members: 3 + (seed % 3)), async cluster =>
        {
            var stress = new Stress(cluster, seed);
            history = stress._history;
            await stress.RunAsync();
        }, seed);
        return history!;
    }

    private async Task RunAsync()
    {
        foreach (var node in _cluster.Nodes)
        {
            node.Clock.Ahead = TimeSpan.FromMilliseconds(_random.Next(-4000, 4000));
            foreach (var other in _cluster.Nodes)
            {
                var random = new Random(_random.Next());
                _cluster.Fabric[node.Id, other.Id].Delay = () => TimeSpan.FromMicroseconds(random.Next(50, random.Next(8) == 0 ? 20_000 : 1500));
            }
        }

        _working = Clients + 1;
        var clients = Enumerable.Range(0, Clients).Select(ClientAsync).Append(LastWriterAsync("lww:a")).ToList();
        var faults = FaultsAsync();
        await Task.WhenAll(clients);
        await faults;
        await MendAsync();
        await CheckAtTheEndAsync();
    }

    private async Task ClientAsync(int client)
    {
        var seen = new Dictionary<Key, Seen>();
        for (var i = 0; i < OpsEach; i++)
        {
            await _cluster.PassAsync(_random.Next(0, 30));
            if (PickNode() is not { } node)
            {
                continue;
            }

            var key = Keys[_random.Next(Keys.Length)];
            switch (_random.Next(10))
            {
                case < 4:
                    await ReadAsync(client, node, key, seen);
                    break;
                case < 6:
                    await WriteAsync(client, node, key, null, seen, isDelete: false);
                    break;
                case < 9:
                    await WriteAsync(client, node, key, seen.GetValueOrDefault(key), seen, isDelete: false);
                    break;
                default:
                    if (seen.TryGetValue(key, out var known))
                    {
                        await WriteAsync(client, node, key, known, seen, isDelete: true);
                    }

                    break;
            }
        }

        _working--;
    }

    private async Task ReadAsync(int client, int node, Key key, Dictionary<Key, Seen> seen)
    {
        var expected = _history.Expect(key);
        var isStrict = !_losesDisk;
        var outcome = await _cluster[node].GetAsync(key, new ReadOptions { Timeout = Patience });
        if (outcome is not (ReadOutcome.Found or ReadOutcome.NotFound))
        {
            return;
        }

        var shown = outcome is ReadOutcome.Found ? TestCluster.Text(outcome).Split(',').ToHashSet() : [];
        _history.Check($"c{client} at {node}", expected, shown, isStrict);
        if (outcome is ReadOutcome.Found or ReadOutcome.NotFound { Context: not null })
        {
            seen[key] = new Seen(TestCluster.ContextOf(outcome), shown, shown);
        }
    }

    private async Task WriteAsync(int client, int node, Key key, Seen? context, Dictionary<Key, Seen> seen, bool isDelete)
    {
        var op = _history.Begin(string.Create(CultureInfo.InvariantCulture, $"v{_names++}"), key, isDelete, context);
        var options = new WriteOptions { Context = context?.Token, RequestId = new Guid(_names, 1, 1, new byte[8]), Timeout = Patience };
        if (context is not null && _random.Next(4) == 0)
        {
            options = options with { Precondition = new Precondition.Unchanged(context.Token) };
        }

        for (var attempt = 0; ; attempt++)
        {
            _history.Note($"c{client} at {node} {(isDelete ? "deletes" : "puts")} {op.Name} to {key} over {string.Join(",", op.Replaces)}{(options.Precondition is null ? "" : " if unchanged")}");
            var outcome = isDelete ? await _cluster[node].DeleteAsync(key, options) : await _cluster[node].PutAsync(key, TestCluster.Value(op.Name), options);
            _history.Note($"c{client} {op.Name}: {outcome.GetType().Name} {(outcome is WriteOutcome.NotDone why ? why.Detail : "")}");
            switch (outcome)
            {
                case WriteOutcome.Done done:
                    op.Told = Told.Done;
                    seen[key] = new Seen(done.Context, op.Replaces, op.MayReplace.Append(op.Name).ToHashSet());
                    return;
                case WriteOutcome.NotDone or WriteOutcome.PreconditionFailed:
                    op.Told = attempt == 0 ? Told.NotDone : Told.Unknown;
                    return;
                default:
                    Assert.IsType<WriteOutcome.Unknown>(outcome);
                    op.Told = Told.Unknown;
                    break;
            }

            if (attempt == 2 || _random.Next(2) == 0 || PickNode() is not { } again)
            {
                return;
            }

            (node, op.WasSentAgain) = (again, true);
        }
    }

    // One client alone writes this key, one write after another: none may lose to an earlier one that was acknowledged.
    private async Task LastWriterAsync(Key key)
    {
        _lastWrites[key] = ("", [], []);
        for (var i = 0; i < OpsEach; i++)
        {
            await _cluster.PassAsync(_random.Next(0, 30));
            if (PickNode() is not { } node)
            {
                continue;
            }

            var outcome = await _cluster[node].PutAsync(key, TestCluster.Value($"w{i}"), new WriteOptions { Timeout = Patience });
            _history.Note($"last write w{i} at {node}: {outcome.GetType().Name}");
            var (last, older, notDone) = _lastWrites[key];
            switch (outcome)
            {
                case WriteOutcome.Done:
                    older.Add(last);
                    _lastWrites[key] = ($"w{i}", older, notDone);
                    break;
                case WriteOutcome.NotDone:
                    notDone.Add($"w{i}");
                    break;
                default:
                    break;
            }
        }

        _working--;
    }

    private int? PickNode()
    {
        var up = Enumerable.Range(0, _cluster.Nodes.Count).Where(node => _cluster.Nodes[node].IsUp).ToList();
        return up.Count == 0 ? null : up[_random.Next(up.Count)];
    }

    private async Task FaultsAsync()
    {
        var comingBack = new List<Task>();
        while (_working > 0)
        {
            await _cluster.PassAsync(_random.Next(1, 60));
            var node = _random.Next(_cluster.Nodes.Count);
            var other = (node + 1 + _random.Next(_cluster.Nodes.Count - 1)) % _cluster.Nodes.Count;
            switch (_random.Next(12))
            {
                case < 4:
                    var passage = (Passage)_random.Next(1, 7);
                    _history.Note($"{node} to {other}: {passage}");
                    _cluster.Link(node, other).Rule = _ => passage;
                    break;
                case < 8:
                    foreach (var link in _cluster.Fabric.Links.Where(_ => _random.Next(2) == 0))
                    {
                        link.Rule = static _ => Passage.Deliver;
                    }

                    break;
                case 8 when _cluster.Nodes[node].IsUp:
                    comingBack.Add(CrashAsync(node));
                    break;
                case 9 when _cluster.Nodes[node].IsUp:
                    comingBack.Add(TroubleAsync(_cluster.Nodes[node].Store));
                    break;
                case 10 when !_losesDisk && _cluster.Nodes[_victim].IsUp:
                    var key = Keys[_random.Next(Keys.Length)];
                    if ((await _cluster.Nodes[_victim].Store.Kept.GetAsync(StoreKey.Data(key), CancellationToken.None)).Status == StoreReadStatus.Found)
                    {
                        _history.Note($"{_victim} garbles {key}");
                        await _cluster.Nodes[_victim].Store.CorruptAsync(key);
                    }

                    break;
                case 11 when _cluster.Nodes[node].IsUp && _random.Next(3) == 0:
                    comingBack.Add(RestartAsync(node));
                    break;
                default:
                    break;
            }
        }

        await Task.WhenAll(comingBack);
    }

    private async Task CrashAsync(int node)
    {
        var loses = _losesDisk && !_hasLostDisk && _random.Next(2) == 0;
        _hasLostDisk |= loses;
        _history.Note($"{node} crashes{(loses ? " and loses its disk" : "")}");
        _cluster.Crash(node);
        await _cluster.PassAsync(_random.Next(1, 150));
        _history.Note($"{node} is back");
        await (loses ? _cluster.StartWithAsync(node, null) : _cluster.StartAsync(node));
    }

    private async Task RestartAsync(int node)
    {
        _history.Note($"{node} stops");
        await _cluster.StopAsync(node);
        _history.Note($"{node} starts");
        await _cluster.StartAsync(node);
    }

    private async Task TroubleAsync(FaultyStore store)
    {
        var trouble = _random.Next(4);
        switch (trouble)
        {
            case 0:
                store.HoldWrites();
                break;
            case 1:
                store.HoldReads();
                break;
            case 2:
                store.Rule = static batch => batch.Changes[0].Key.Area == StoreArea.Data ? StoreWrite.Full : StoreWrite.Done;
                break;
            default:
                store.FailedWritesStay = _random.Next(2) == 0;
                store.Rule = static batch => StoreWrite.Failed;
                break;
        }

        _history.Note($"disk trouble {trouble}");
        await _cluster.PassAsync(_random.Next(1, 80));
        Mend(store);
        _history.Note($"disk trouble {trouble} is over");
    }

    private static void Mend(FaultyStore store)
    {
        store.Rule = static _ => StoreWrite.Done;
        store.ReleaseWrites();
        store.ReleaseReads();
    }

    private async Task MendAsync()
    {
        _cluster.Heal();
        for (var node = 0; node < _cluster.Nodes.Count; node++)
        {
            Assert.True(_cluster.Nodes[node].IsUp);
            Mend(_cluster.Nodes[node].Store);
        }

        await _cluster.PassAsync(3000);
    }

    private async Task CheckAtTheEndAsync()
    {
        foreach (var key in Keys)
        {
            foreach (var node in _cluster.OwnersOf(key))
            {
                var expected = _history.Expect(key);

                var outcome = await _cluster[node].GetAsync(key, new ReadOptions { R = 3 });
                Assert.True(outcome is ReadOutcome.Found or ReadOutcome.NotFound, $"{key} at {node}: {outcome}\n{_history.Trace}");
                _history.Check($"at the end {node}", expected, outcome is ReadOutcome.Found ? TestCluster.Text(outcome).Split(',').ToHashSet() : [], isStrict: true);
            }
        }

        foreach (var (key, (last, older, notDone)) in _lastWrites)
        {
            var value = await _cluster.ReadAsync(0, key, r: 3);
            Assert.True(value == last || (!older.Contains(value) && !notDone.Contains(value)), $"{key} is {value}, and {last} was acknowledged last\n{_history.Trace}");
        }
    }
}
