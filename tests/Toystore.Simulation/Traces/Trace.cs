using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Traces;

/// <summary>What happened, one line per event: a hash of all of it, and the last lines.</summary>
internal sealed class Trace(EventLoop loop, int kept = 50)
{
    private readonly Queue<string> _last = new();
    private readonly XxHash3 _hash = new();

    /// <summary>Hears of every line, as it happens.</summary>
    public Action<string>? Listener { get; set; }

    /// <summary>How many events there were.</summary>
    public long Events { get; private set; }

    /// <summary>The last events, the oldest first.</summary>
    public IReadOnlyCollection<string> Last => _last;

    /// <summary>A hash of all events and of the order of all steps: the same for the same seed and code.</summary>
    public ulong Hash => _hash.GetCurrentHashAsUInt64() ^ loop.Hash;

    /// <summary>Notes an event. <paramref name="who"/>: a node, a client, a wire.</summary>
    public void Note(string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{loop.Now / 10_000_000.0,12:0.000000} {who,-6} {what}");
        Events++;
        _hash.Append(MemoryMarshal.AsBytes(line.AsSpan()));
        _last.Enqueue(line);
        if (_last.Count > kept)
        {
            _last.Dequeue();
        }

        Listener?.Invoke(line);
    }
}
