using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Node.Identity;

/// <summary>
/// The one place where this node's dots come from. Draws an actor of its own for each process, and another whenever dots of it may be lost, so that no reading is ever given out twice under one name.
/// </summary>
/// <remarks>
/// What an actor sent may be missing here in every case but one: it is still running and has lost nothing. After a crash writes may not have reached the disk; after a clean stop the directory may be an older copy of itself
/// that was stopped as cleanly. Going on under the name of such an actor erases elsewhere what is missing here: a:3 sent and acknowledged, lost here; the next dot a:9 carries a context that covers a:3. So nothing is taken
/// up again (docs/decisions/0008). Within a process a new generation is drawn when a local write fails for a dot already sent, and when anybody shows a write of ours that is not here. basho/riak_kv#679 tells the story.
/// </remarks>
internal sealed class DotMint
{
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromSeconds(10);

    // Guards all fields below.
    private readonly Lock _lock = new();
    private readonly NodeId _self;
    private readonly TimeProvider _time;
    private readonly NodeRandom _random;
    private readonly TimeSpan _skewMax;
    private readonly ILogger _logger;
    private HybridClock _clock;
    private long _complainedAt;

    public DotMint(NodeId self, TimeProvider time, NodeRandom random, TimeSpan skewMax, ILogger logger)
    {
        (_self, _time, _random, _skewMax, _logger) = (self, time, random, skewMax, logger);
        _clock = new HybridClock(new ActorId(self, random.Next()), default, skewMax);
        _complainedAt = time.GetTimestamp() - (long)(BetweenComplaints.TotalSeconds * time.TimestampFrequency);
        Log.ActorTaken(logger, _clock.Actor);
    }

    /// <summary>Who mints now.</summary>
    public ActorId Actor
    {
        get
        {
            lock (_lock)
            {
                return _clock.Actor;
            }
        }
    }

    /// <summary>What the clock shows: nothing minted here so far is later.</summary>
    public HybridTime Reading
    {
        get
        {
            var wall = HybridTime.At(UnixTime.From(_time.GetUtcNow()));
            lock (_lock)
            {
                return wall > _clock.Last ? wall : _clock.Last;
            }
        }
    }

    /// <summary>A new dot, later than all that was minted or observed here.</summary>
    public Dot Mint()
    {
        var now = UnixTime.From(_time.GetUtcNow());
        lock (_lock)
        {
            return _clock.Mint(now);
        }
    }

    /// <summary>Takes note of what others have seen, so that what is minted next is later.</summary>
    public void Observe(VersionVector seen)
    {
        lock (_lock)
        {
            _clock.Raise(seen.Floor);
            if (_clock.TryObserve(seen, UnixTime.From(_time.GetUtcNow())) || _time.GetElapsedTime(_complainedAt) < BetweenComplaints)
            {
                return;
            }

            _complainedAt = _time.GetTimestamp();
        }

        Log.ReadingFarAhead(_logger, seen.Highest);
    }

    /// <summary>Takes note of a reading made elsewhere, unless it is too far ahead.</summary>
    public void Observe(HybridTime reading)
    {
        lock (_lock)
        {
            _clock.TryObserve(reading, UnixTime.From(_time.GetUtcNow()));
        }
    }

    /// <summary>Mints nothing up to and including a reading any more, however far ahead it is: a mark or a floor, which all members' clocks had passed.</summary>
    public void Raise(HybridTime floor)
    {
        lock (_lock)
        {
            _clock.Raise(floor);
        }
    }

    /// <summary>Goes on under a new generation: dots of <paramref name="lost"/> may be lost here. Nothing happens if that is not the one in use any more.</summary>
    public void Abandon(ActorId lost, string reason)
    {
        ActorId actor;
        lock (_lock)
        {
            if (_clock.Actor != lost)
            {
                return;
            }

            actor = new ActorId(_self, _random.Next());
            _clock = new HybridClock(actor, _clock.Last, _skewMax);
        }

        Log.ActorAbandoned(_logger, reason, actor);
    }
}
