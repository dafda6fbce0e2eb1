using Toystore.Core;
using Toystore.Simulation.Chances;

namespace Toystore.Simulation.Network;

/// <summary>
/// The way from one node to another, and what is wrong with it. May be changed at any time; what is on its way already is held up by a cut, but keeps its delay. New wires are calm: quick, and nothing goes wrong.
/// </summary>
internal sealed class Wire(SimulatedNetwork network, NodeId from, NodeId to, Chance chance)
{
    private readonly List<Flow> _heldUp = [];
    private bool _isCut;

    public NodeId From => from;

    public NodeId To => to;

    /// <summary>For the trace.</summary>
    public string Name { get; } = $"{from}>{to}";

    /// <summary>The least that anything takes. 50 µs by default.</summary>
    public TimeSpan DelayMin { get; set; } = TimeSpan.FromMicroseconds(50);

    /// <summary>The mean of what it takes beyond that, exponentially distributed. 100 µs by default.</summary>
    public TimeSpan DelayMean { get; set; } = TimeSpan.FromMicroseconds(100);

    /// <summary>How often (0..1) it takes much longer.</summary>
    public double Hiccups { get; set; }

    /// <summary>The mean of how much longer. 50 ms by default.</summary>
    public TimeSpan HiccupMean { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many bytes a second get through. Without bound by default.</summary>
    public double BytesPerSecond { get; set; } = double.PositiveInfinity;

    /// <summary>How many bytes of one connection may be under way before its writer has to wait: the buffers of both sides. 256 KiB by default.</summary>
    public int BytesInFlightMax { get; set; } = 256 * 1024;

    /// <summary>The share (0..1) of writes that take a while to be through although there is room.</summary>
    public double SlowWrites { get; set; }

    /// <summary>The share (0..1) of batches that arrive in pieces, cut anywhere.</summary>
    public double Pieces { get; set; }

    /// <summary>The share (0..1) of frames that never arrive. Handshakes always do, for they are the connection's.</summary>
    public double Loss { get; set; }

    /// <summary>
    /// The share (0..1) of frames that arrive a second time, later. Only replies and requests that read: TCP duplicates nothing and links send nothing again, so a second
    /// CoordinateWrite would be a write that no client made, and a second Store would be taken although the first was refused.
    /// </summary>
    public double Duplication { get; set; }

    /// <summary>The share (0..1) of frames that others overtake.</summary>
    public double Reordering { get; set; }

    /// <summary>The share (0..1) of those with containers to be stored that others overtake, beside that.</summary>
    public double LateStores { get; set; }

    /// <summary>The mean of how much later they come, and duplicates. 5 ms by default.</summary>
    public TimeSpan StragglerMean { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>True: new connections this way are refused. Those that are there go on.</summary>
    public bool Refuses { get; set; }

    /// <summary>True: new connections this way get no answer at all. Those that are there go on.</summary>
    public bool Swallows { get; set; }

    /// <summary>True: nothing gets through this way. What was sent arrives when that is over, if the connection lives so long; a reset is lost.</summary>
    public bool IsCut
    {
        get => _isCut;
        set
        {
            if (_isCut == value)
            {
                return;
            }

            _isCut = value;
            network.Trace.Note(Name, value ? "cut" : "mended");
            if (!value)
            {
                Resume();
            }
        }
    }

    /// <summary>Everything that was changed here is as it was in the beginning.</summary>
    public void Calm()
    {
        (DelayMin, DelayMean, Hiccups, BytesPerSecond) = (TimeSpan.FromMicroseconds(50), TimeSpan.FromMicroseconds(100), 0, double.PositiveInfinity);
        (HiccupMean, StragglerMean) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(5));
        (BytesInFlightMax, SlowWrites, Pieces, Loss, Duplication, Reordering, LateStores) = (256 * 1024, 0, 0, 0, 0, 0, 0);
        (Refuses, Swallows, IsCut) = (false, false, false);
    }

    /// <summary>How long something takes now.</summary>
    public TimeSpan Delay() => DelayMin + chance.Exponential(DelayMean) + (Happens(Hiccups) ? chance.Exponential(HiccupMean) : TimeSpan.Zero);

    /// <summary>How much later than the others a straggler comes.</summary>
    public TimeSpan Lag() => Delay() + chance.Exponential(StragglerMean);

    /// <summary>True that often; what never happens draws no number.</summary>
    public bool Happens(double share) => share > 0 && chance.Hits(share);

    /// <summary>A place to cut something of so many bytes: 1 to one less than that.</summary>
    public int CutPoint(int bytes) => chance.Next(1, bytes);

    /// <summary>Has a flow go on when the cut is over.</summary>
    public void HoldUp(Flow flow) => _heldUp.Add(flow);

    private void Resume()
    {
        var flows = _heldUp.ToArray();
        _heldUp.Clear();
        foreach (var flow in flows)
        {
            flow.Resume();
        }
    }
}
