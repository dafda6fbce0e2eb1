using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>The pings that this member sends for others, until they are over. Bounded: beyond, requests are dropped, as if they had been lost.</summary>
internal sealed class Relays
{
    private const int RelaysMax = 1024;

    private readonly Dictionary<uint, Relay> _waiting = [];
    private readonly PriorityQueue<uint, Instant> _due = new();

    /// <summary>When <see cref="TakeDue"/> has something.</summary>
    public Instant NextDue => _due.TryPeek(out _, out var due) ? due : Instant.Never;

    /// <summary>True if there is room for one more.</summary>
    public bool HasRoom => _waiting.Count < RelaysMax;

    public void Add(uint sequence, Relay relay)
    {
        _waiting[sequence] = relay;
        _due.Enqueue(sequence, relay.NackAt);
    }

    /// <summary>An ack came: for which relay, if for one. It counts also after a nack.</summary>
    public bool TryTakeAnswered(uint sequence, NodeId by, out Relay relay) => _waiting.TryGetValue(sequence, out relay) && relay.Target == by && _waiting.Remove(sequence);

    /// <summary>Takes out what is due: relays that must be nacked now. They stay here until nobody waits for them any longer.</summary>
    public bool TakeDue(Instant now, out Relay relay)
    {
        while (_due.TryPeek(out var sequence, out var due) && due <= now)
        {
            _due.Dequeue();
            if (!_waiting.TryGetValue(sequence, out relay))
            {
                continue;
            }

            if (relay.IsNacked)
            {
                _waiting.Remove(sequence);
                continue;
            }

            _waiting[sequence] = relay with { IsNacked = true };
            _due.Enqueue(sequence, relay.EndsAt);
            return true;
        }

        relay = default;
        return false;
    }
}

/// <summary>A ping for somebody else.</summary>
internal readonly record struct Relay(NodeId Target, Endpoint AskedFrom, uint AskedSequence, Instant NackAt, Instant EndsAt)
{
    public bool IsNacked { get; init; }
}
