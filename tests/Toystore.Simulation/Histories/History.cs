using System.Globalization;
using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Simulation.Oracles;

namespace Toystore.Simulation.Histories;

/// <summary>What clients asked and were told, in order, and what reached the disks. Everything that happens is told to the oracles.</summary>
internal sealed class History
{
    private const byte NameEnd = (byte)'|';

    private readonly IClusterUnderTest _cluster;
    private readonly Dictionary<Key, KeyHistory> _keys = [];
    private readonly Dictionary<string, WriteOp> _byName = [];
    private readonly Dictionary<Guid, WriteOp> _byRequest = [];
    private long _now;

    public History(IClusterUnderTest cluster)
    {
        _cluster = cluster;
        Clocks = new Clocks(cluster);
        Ledger = new DotLedger(cluster, Tick) { Stored = Stored, HintRemoved = (holder, place, held) => Tell(oracle => oracle.HintRemoved(holder, place, held)) };
        Expectations = new Expectations(this, Ledger, Clocks);
    }

    /// <summary>Who hears of everything.</summary>
    public IReadOnlyList<IOracle> Oracles { get; set; } = [];

    public DotLedger Ledger { get; }

    public Clocks Clocks { get; }

    public Expectations Expectations { get; }

    /// <summary>All keys that were written or read.</summary>
    public IReadOnlyCollection<KeyHistory> Keys => _keys.Values;

    /// <summary>How many writes were told to be done, not done, and unknown.</summary>
    public (int Done, int NotDone, int Unknown) Writes => (
        _byName.Values.Count(write => write.Told == Told.Done), _byName.Values.Count(write => write.Told is Told.NotDone or Told.PreconditionFailed), _byName.Values.Count(write => write.Told is Told.Unknown or Told.Nothing));

    /// <summary>How many reads and listings said something, and how many did not.</summary>
    public (int Answered, int Failed) Reads { get; private set; }

    /// <summary>What happened to a key.</summary>
    public KeyHistory Of(Key key)
    {
        if (!_keys.TryGetValue(key, out var history))
        {
            var isLastWrite = _cluster.Ring.Topology.PolicyFor(key) == ConflictPolicy.LastWriteWins;
            _keys.Add(key, history = new KeyHistory(key, _cluster.Ring.QuorumsOf(Slot.Of(key)), isLastWrite));
        }

        return history;
    }

    /// <summary>The bytes of a value with this name, at least <paramref name="length"/> long.</summary>
    public static byte[] Payload(string name, int length)
    {
        var bytes = new byte[Math.Max(length, name.Length + 1)];
        bytes.AsSpan().Fill((byte)('a' + (name[^1] % 26)));
        Encoding.ASCII.GetBytes(name, bytes);
        bytes[name.Length] = NameEnd;
        return bytes;
    }

    /// <summary>A client is about to write, or to delete if there is no payload.</summary>
    public WriteOp BeginWrite(int client, int node, Key key, string name, byte[]? payload, WriteOptions options, SeenContext? seen, DateTimeOffset? expiresAt = null)
    {
        var here = Of(key);
        var strict = options.Precondition is null ? 1 : here.Quorums.Strict.Writes;
        var write = new WriteOp(client, node, key, name)
        {
            Payload = payload is null ? (ReadOnlyMemory<byte>?)null : payload,
            Options = options,
            Seen = seen,
            ExpiresAt = expiresAt,
            IsLastWrite = here.IsLastWrite,
            Needed = Math.Max(options.W ?? here.Quorums.Writes, strict),
            Durability = options.Durability ?? _cluster.Durability,
            ClocksAtBegin = Clocks.Look(),
        };
        Begin(write);
        write.AttemptBegan = write.Begin;
        if (write.SeesForItself && (options.Precondition is not null || options.Sloppy == false || _cluster.Nodes <= here.Quorums.Copies))
        {
            var asked = options.Precondition is null ? Math.Max(here.Quorums.Reads, write.Needed) : here.Quorums.Strict.Reads;
            write.Replaces = Expectations.MustShow(here, asked, write.Begin).Select(must => must.Value.Name).ToHashSet();
        }
        else if (seen is not null)
        {
            write.Replaces = seen.Shown;
        }

        _byName.Add(name, write);
        if (options.RequestId is { } request)
        {
            _byRequest.Add(request, write);
        }

        write.MayBeReplaced = here.Writes.Exists(other => other.MayLookLater);
        here.Add(write);
        Note(write, $"{(write.IsDelete ? "deletes" : "puts")} {name} {(write.IsDelete ? "from" : $"({payload!.Length} bytes) to")} {key} at n{node + 1:x}{(write.Replaces.Count == 0 ? "" : $" over {string.Join(",", write.Replaces)}")}{(options.Precondition is { } asks ? $" if {asks.GetType().Name.ToLowerInvariant()}" : "")}");
        Tell(oracle => oracle.Began(write));
        return write;
    }

    /// <summary>It is sent again.</summary>
    public void Again(WriteOp write, int node)
    {
        write.Node = node;
        write.Attempts++;
        write.AttemptBegan = Tick();
        write.End = long.MaxValue;
        Of(write.Key).Pending.Add(write);
        write.SentAt = TimeSpan.FromTicks(_cluster.Loop.Now);
        Note(write, string.Create(CultureInfo.InvariantCulture, $"sends {write.Name} again, to n{node + 1:x}"));
        Tell(oracle => oracle.SentAgain(write));
    }

    /// <summary>Its client was told something, or lost the connection (null). Gives the context that it has now, if any.</summary>
    public SeenContext? End(WriteOp write, WriteOutcome? outcome)
    {
        var here = Of(write.Key);
        End(write);
        here.Pending.Remove(write);
        write.Outcome = outcome;
        var isFirst = write.Attempts == 1;
        write.Told = outcome switch
        {
            WriteOutcome.Done => Told.Done,

            // It says so of this attempt; an earlier one may have happened.
            WriteOutcome.NotDone or WriteOutcome.Invalid => isFirst ? Told.NotDone : Told.Unknown,
            WriteOutcome.PreconditionFailed => isFirst ? Told.PreconditionFailed : Told.Unknown,
            _ => Told.Unknown,
        };
        Note(write, $"is told {(outcome is null ? "nothing: the connection broke" : outcome.GetType().Name)} of {write.Name}{Detail(outcome)}");
        if (write.MayHaveHappened)
        {
            foreach (var other in write.SeesForItself ? here.Writes : [])
            {
                other.MayBeReplaced |= write.MayReplace(other);
            }

            foreach (var name in write.Seen?.Perhaps ?? new HashSet<string>())
            {
                _byName[name].MayBeReplaced = true;
            }
        }

        Tell(oracle => oracle.Ended(write));
        if (outcome is not WriteOutcome.Done done)
        {
            return null;
        }

        var floor = isFirst ? write.Highest : write.Lowest;
        Add(here, write, new Fact(write.OwnersTold, write.AttemptBegan, write.End, done.Durability == WriteDurability.Fsync, floor, write));
        return ContextOf(write.Key, done.Context) is { } vector ? new SeenContext(done.Context, vector, new HashSet<string>(), new HashSet<string> { write.Name }) : null;
    }

    /// <summary>A client is about to read.</summary>
    public ReadOp BeginRead(int client, int node, Key key, ReadOptions options)
    {
        var read = new ReadOp(client, node, key, options, options.R ?? Of(key).Quorums.Reads) { EarliestClock = Clocks.Look().Min() };
        Begin(read);
        Tell(oracle => oracle.Began(read));
        return read;
    }

    /// <summary>It was told something, or lost the connection (null). Gives the context that it has now, if any.</summary>
    public SeenContext? End(ReadOp read, ReadOutcome? outcome)
    {
        End(read);
        read.Outcome = outcome;
        var token = Take(read, outcome);
        Reads = read.IsAnswered ? (Reads.Answered + 1, Reads.Failed) : (Reads.Answered, Reads.Failed + 1);
        Note(read, read.ToString());
        if (read.IsAnswered)
        {
            Expectations.Judge(read);
        }

        Tell(oracle => oracle.Ended(read));
        if (!read.IsAnswered)
        {
            return null;
        }

        Learn(read);
        var shown = read.Shown.Select(write => write.Name).ToHashSet();
        return token is { } given && read.Context is { } context ? new SeenContext(given, context, shown, shown) : null;
    }

    /// <summary>A client is about to list keys, from the first to the last.</summary>
    public ListOp BeginList(int client, int node, ListOptions options)
    {
        var list = new ListOp(client, node, options.R ?? _cluster.Ring.QuorumsOf(default).Reads);
        Begin(list);
        Tell(oracle => oracle.Began(list));
        return list;
    }

    /// <summary>It has all keys, or not (null).</summary>
    public void End(ListOp list, IReadOnlyList<Key>? keys)
    {
        End((Operation)list);
        list.Keys = keys;
        Reads = keys is not null ? (Reads.Answered + 1, Reads.Failed) : (Reads.Answered, Reads.Failed + 1);
        Note(list, list.ToString());
        Tell(oracle => oracle.Ended(list));
    }

    /// <summary>All that was kept for owners has been passed on: what was acknowledged with the help of stand-ins is with the owners now, unless a disk has lost it on the way.</summary>
    public void Drained()
    {
        var moment = Tick();
        foreach (var key in _keys.Values)
        {
            foreach (var write in key.Writes)
            {
                if (write.Outcome is not WriteOutcome.Done { StandIns: > 0 } done)
                {
                    continue;
                }

                var isDurable = done.Durability == WriteDurability.Fsync;
                if (!write.Dots.SelectMany(Ledger.HintLossesOf).Any(loss => loss.Moment > write.AttemptBegan && !(isDurable && loss.How == DiskLoss.PowerCut)))
                {
                    Add(key, write, new Fact(done.Copies, write.AttemptBegan, moment, isDurable, write.Attempts == 1 ? write.Highest : write.Lowest, write));
                }
            }
        }
    }

    /// <summary>A node's wall clock was set.</summary>
    public void ClockWasSet() => Clocks.WereSet(Tick());

    private void Stored(StoredDot now, StoredDot first)
    {
        if (ReferenceEquals(now, first))
        {
            var write = WriterOf(now);
            write?.Dots.Add(now.Sibling.Dot);
            Tell(oracle => oracle.FirstStored(now, write));
        }
        else
        {
            Tell(oracle => oracle.StoredAgain(now, first));
        }
    }

    /// <summary>The write that a dot on a disk belongs to, by its request id or by the name in its value; null if nobody sent such a write.</summary>
    public WriteOp? WriterOf(StoredDot stored) =>
        (stored.Sibling.RequestId is { } request && _byRequest.TryGetValue(request, out var write)) || _byName.TryGetValue(NameIn(stored.Sibling.Value.Span), out write) ? write : null;

    private ContextToken? Take(ReadOp read, ReadOutcome? outcome)
    {
        switch (outcome)
        {
            case ReadOutcome.Found found:
                foreach (var value in found.Values)
                {
                    Show(read, value);
                }

                read.Context = ContextOf(read.Key, found.Context);
                return found.Context;
            case ReadOutcome.NotFound { Context: { } token }:
                read.Context = ContextOf(read.Key, token);
                return token;
            default:
                return null;
        }
    }

    private void Show(ReadOp read, Value value)
    {
        var name = NameIn(value.Bytes.Span);
        if (!_byName.TryGetValue(name, out var write))
        {
            read.Strange.Add($"a value of {value.Bytes.Length} bytes that begins with \"{name}\", which nobody ever wrote");
        }
        else if (write.Key != read.Key || write.Payload is not { } payload)
        {
            read.Strange.Add($"the value of {write}, which was not put there");
        }
        else if (!payload.Span.SequenceEqual(value.Bytes.Span))
        {
            read.Strange.Add($"a value of {value.Bytes.Length} bytes that is not the one of {write}, which has {payload.Length}");
        }
        else if (read.Shown.Contains(write))
        {
            read.Strange.Add($"{write.Name} twice");
        }
        else
        {
            read.Shown.Add(write);
        }
    }

    // What a read proves: the owners that answered agree, or what they know together was written back to W of them. Where R + W <= N it is not, and only one owner is sure.
    private void Learn(ReadOp read)
    {
        if (read.Heard < read.Needed)
        {
            return; // what members that stand in for owners say is not written back before it is given out
        }

        var key = Of(read.Key);
        var quorums = key.Quorums;
        var copies = read.Needed + quorums.Writes > quorums.Copies ? Math.Min(read.Needed, quorums.Writes) : 1;
        foreach (var write in read.Shown)
        {
            Add(key, write, new Fact(copies, read.Begin, read.End, false, write.Lowest, read));
        }

        if (!key.IsLastWrite && read.Context is { } context)
        {
            var absence = new Absence(context, read.Shown.Select(write => write.Name).ToHashSet(), new Fact(copies, read.Begin, read.End, false, default, read));
            key.Absences.RemoveAll(older => older.Fact.Copies <= copies && context.Covers(older.Context));
            key.Absences.Add(absence);
        }
    }

    private void Add(KeyHistory key, WriteOp write, Fact fact)
    {
        foreach (var known in write.Facts)
        {
            if (known.Copies >= fact.Copies && (known.IsDurable || !fact.IsDurable) && known.Floor.CompareTo(fact.Floor) >= 0 && LostSince(known) == 0)
            {
                return;
            }
        }

        if (write.Facts.Count == 0)
        {
            key.Settled.Add(write);
        }

        write.Facts.Add(fact);

        int LostSince(Fact known) => Ledger.Lost(write.Dots, known, write.Key);
    }

    private VersionVector? ContextOf(Key key, ContextToken token) =>
        CausalContext.TryParse(token.Text, _cluster.Ring.Topology.ClusterId, Slot.Of(key), out var context, out _) ? context.Seen : null;

    private static string NameIn(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf(NameEnd);
        return end is > 0 and < 32 ? Encoding.ASCII.GetString(bytes[..end]) : "";
    }

    private static string Detail(WriteOutcome? outcome) => outcome switch
    {
        WriteOutcome.Done done => string.Create(CultureInfo.InvariantCulture, $" ({done.Copies} copies)"),
        WriteOutcome.NotDone not => $" ({not.Reason}: {not.Detail})",
        WriteOutcome.Unknown unknown => $" ({unknown.Detail})",
        WriteOutcome.Invalid invalid => $" ({invalid.Problem})",
        _ => "",
    };

    private long Tick() => ++_now;

    private void Begin(Operation op)
    {
        op.Begin = Tick();
        op.BeganAt = op.SentAt = TimeSpan.FromTicks(_cluster.Loop.Now);
    }

    private void End(Operation op)
    {
        op.End = Tick();
        op.EndedAt = TimeSpan.FromTicks(_cluster.Loop.Now);
        Clocks.Look();
    }

    private void Note(Operation op, string what) => _cluster.Trace.Note(op.Client == Operation.LastReader ? "last" : string.Create(CultureInfo.InvariantCulture, $"c{op.Client}"), what);

    private void Tell(Action<IOracle> what)
    {
        foreach (var oracle in Oracles)
        {
            what(oracle);
        }
    }
}
