using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Toystore.Core;

namespace Toystore.Tests.Node.Histories;

/// <summary>How a write ended, as its client was told.</summary>
internal enum Told
{
    Nothing,
    Done,
    NotDone,
    Unknown,
}

/// <summary>A context and what a client knows to be in it.</summary>
/// <param name="Token">The context.</param>
/// <param name="Shown">Values that it surely covers.</param>
/// <param name="Perhaps">Those, and what it may cover beside: the context of a put holds that put itself, unless a version vector cannot say so.</param>
internal sealed record Seen(ContextToken Token, IReadOnlySet<string> Shown, IReadOnlySet<string> Perhaps);

/// <summary>A put or delete of a client. Its value is its name; a delete has one too, which nobody ever sees.</summary>
internal sealed class ClientOp(string name, Key key, bool isDelete, Seen? seen)
{
    public string Name => name;

    public Key Key => key;

    public bool IsDelete => isDelete;

    /// <summary>Values that it replaces if it happens.</summary>
    public IReadOnlySet<string> Replaces { get; } = seen?.Shown ?? new HashSet<string>();

    /// <summary>Values that it may replace.</summary>
    public IReadOnlySet<string> MayReplace { get; } = seen?.Perhaps ?? new HashSet<string>();

    public Told Told { get; set; }

    /// <summary>True if a completed read has shown it: from then on it is as good as done.</summary>
    public bool WasShown { get; set; }

    /// <summary>True if it was sent more than once, so that it may have more than one dot.</summary>
    public bool WasSentAgain { get; set; }

    public bool MayHaveHappened => Told is Told.Done or Told.Unknown or Told.Nothing || WasShown;
}

/// <summary>What clients of the siblings policy were told, and what that promises of every read (the promises of the design's section 1).</summary>
internal sealed class History
{
    private readonly Dictionary<string, ClientOp> _ops = [];
    private readonly StringBuilder _trace = new();

    /// <summary>One line per event.</summary>
    public string Trace => _trace.ToString();

    public int CountOf(Told told) => _ops.Values.Count(op => op.Told == told);

    public void Note(string line) => _trace.AppendLine(line);

    public ClientOp Begin(string name, Key key, bool isDelete, Seen? seen)
    {
        var op = new ClientOp(name, key, isDelete, seen);
        _ops.Add(name, op);
        return op;
    }

    /// <summary>What a strict quorum read that begins now must show: settled and not replaced by anything that may have happened; and must not show: replaced by something settled.</summary>
    public Expectation Expect(Key key)
    {
        var here = _ops.Values.Where(op => op.Key == key).ToList();
        var replacedBySettled = here.Where(op => op.Told == Told.Done || (op.WasShown && !op.WasSentAgain)).SelectMany(op => op.Replaces).Where(name => !_ops[name].WasSentAgain).ToHashSet();
        return new Expectation(key, here.Where(op => !op.IsDelete && (op.Told == Told.Done || op.WasShown)).Select(op => op.Name).ToHashSet(), replacedBySettled);
    }

    /// <summary>Checks a read against what was expected when it began. <paramref name="isStrict"/>: it must see every completed write; otherwise only what was never done must not show.</summary>
    public void Check(string reader, Expectation expected, IReadOnlyCollection<string> shown, bool isStrict)
    {
        Note(string.Create(CultureInfo.InvariantCulture, $"{reader} {expected.Key} shows {string.Join(",", shown)}"));
        foreach (var name in shown)
        {
            Require(_ops.TryGetValue(name, out var op) && op.Key == expected.Key && !op.IsDelete, $"{reader}: {name} was never written to {expected.Key}");
            Require(op.Told != Told.NotDone, $"{reader}: {name} was reported as not done, and shows");
            Require(!isStrict || !expected.Gone.Contains(name) || op.WasSentAgain, $"{reader}: {name} was replaced, and shows");
            op.WasShown |= isStrict;
        }

        if (isStrict)
        {
            foreach (var name in expected.There.Except(shown))
            {
                Require(
                    _ops.Values.Any(op => op.Key == expected.Key && op.MayHaveHappened && op.MayReplace.Contains(name)),
                    $"{reader}: {name} was acknowledged, nobody who had seen it wrote since, and it is lost");
            }
        }
    }

    private void Require([DoesNotReturnIf(false)] bool condition, string claim)
    {
        if (!condition)
        {
            throw new InvalidOperationException(claim + "\n" + string.Join("\n", Trace.Split('\n').TakeLast(400)));
        }
    }
}

/// <summary>What a read of a key may and may not show.</summary>
internal sealed record Expectation(Key Key, IReadOnlySet<string> There, IReadOnlySet<string> Gone);
