using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// Whole tables, over TCP: when it joins, now and then with a live member, so that a rumour that missed somebody does not matter, and now and then with a dead one, so that what was cut in two grows together again.
/// </summary>
public sealed partial class Swim
{
    /// <summary>The longest table that is sent or read, in bytes.</summary>
    public const int TableBytesMax = 32 << 20;

    private const int JoinContacts = 3;
    private const byte SavedVersion = 2;

    private static readonly TimeSpan JoinPauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan JoinPauseMax = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Endpoint, NodeId> _seedNodes = [];
    private readonly List<Endpoint> _absentSeeds = [];
    private Endpoint[] _seeds = [];
    private Instant _exchangesAt = Instant.Never;
    private Instant _healsAt = Instant.Never;
    private Instant _joinsAt = Instant.Never;
    private Instant _looksAgainAt = Instant.Never;
    private TimeSpan _exchangePause;
    private TimeSpan _lookPause;
    private TimeSpan _joinPause = JoinPauseMin;
    private bool _isJoined;
    private uint _exchanges;
    private Endpoint? _comparesWith;
    private bool _holdsTheSame;

    /// <summary>The whole table as bytes, sealed: for a member to exchange tables with.</summary>
    public byte[] Table() => Seal.Seal(TableBody());

    /// <summary>A digest of the whole table as bytes, sealed: for a member to compare tables with, which are nearly always the same.</summary>
    public byte[] TableDigest()
    {
        var writer = new WireWriter(new byte[PacketHead.BytesMax + 1 + sizeof(ulong)]);
        Head.Write(ref writer, Seal.Cluster);
        writer.U8((byte)SwimMessageKind.Digest);
        writer.U64(Digest);
        return Seal.Seal(writer.Written);
    }

    /// <summary>What to answer to who has asked, right after <see cref="MergeTable"/> took in what it sent: the table, or only its digest if that came and is the same here.</summary>
    public byte[] TableAnswer() => _holdsTheSame ? TableDigest() : Table();

    /// <summary>
    /// Takes in the table that came over TCP. Who was asked does so first and answers with <see cref="TableAnswer"/> afterwards: what it refutes is in it already.
    /// </summary>
    /// <param name="now">Now.</param>
    /// <param name="from">Where it came from; where it is answered, if something is left to say.</param>
    /// <param name="table">What has come: anything.</param>
    /// <param name="effects">Gets what is to be done.</param>
    /// <param name="asked">The address that was asked; null if this side was asked.</param>
    /// <returns>False if it cannot be read, or is of another cluster or of somebody who may not be a member: then answer nothing.</returns>
    public bool MergeTable(Instant now, Endpoint from, ReadOnlySpan<byte> table, SwimEffects effects, Endpoint? asked = null)
    {
        now = Lived(now);
        if (!_isStarted || !TryOpen(now, from, table, out var body, effects))
        {
            return false;
        }

        var reader = new WireReader(body);
        if (!PacketHead.TryRead(ref reader, Seal.Cluster, out var head))
        {
            Refuse(now, SealVerdict.Malformed, from, effects);
            return false;
        }

        if (head.Sender != _self.Node && !Admits(now, head.Sender, from, effects))
        {
            return false;
        }

        if (asked is { } seed && _seeds.Contains(seed))
        {
            _seedNodes[seed] = head.Sender;
        }

        _holdsTheSame = false;
        if (head.Sender == _self.Node)
        {
            return true;
        }

        // What a newcomer learns from the first table, everybody but it knows already.
        var tells = asked is null || _isJoined;
        _hasRefuted = false;
        if (!TryMergeRows(now, ref reader, head, tells, effects, out var theirs))
        {
            Refuse(now, SealVerdict.Malformed, from, effects);
            return false;
        }

        HearHead(now, head, effects);
        _holdsTheSame = theirs == Digest;
        _isJoined |= asked is not null;
        if (asked is { } compared && _comparesWith == compared)
        {
            _comparesWith = null;
            _lookPause = _holdsTheSame || _lookPause > _options.PushPullInterval ? TimeSpan.Zero : _lookPause;
            if (!_holdsTheSame)
            {
                // So far only this side has learned something.
                ExchangeWith(compared, head.Sender, effects);
                if (_lookPause > TimeSpan.Zero && _looksAgainAt == Instant.Never)
                {
                    _lookPause *= 2;
                    _looksAgainAt = now + (_lookPause * (1 + (0.5 * _random.NextDouble())));
                }
            }
        }

        if (asked is not null && _hasRefuted && _table.Find(head.Sender) is { Facts.PeerEndpoint: var to })
        {
            var packet = BeginPacket(effects);
            _ = _self.TryWriteRumour(ref packet);
            FillAndSend(ref packet, to, head.Sender, effects);
        }

        return true;
    }

    /// <summary>What is to be kept on the disk: everyone known. Not sealed. To be written whenever <see cref="Version"/> has changed, at most every few seconds; an old one is better than none.</summary>
    public byte[] Save() => [SavedVersion, .. TableBody()];

    /// <summary>Bytes of this node's own row, which is the last of a table.</summary>
    internal int OwnRowBytes => _self.RowBytes;

    /// <summary>Takes in what was kept, before <see cref="Start"/>. False if it cannot be read; what could be is kept.</summary>
    public bool Restore(ReadOnlySpan<byte> saved)
    {
        Invariant.Require(!_isStarted, "a member is restored before it starts");
        var effects = new SwimEffects();
        var reader = new WireReader(saved);
        if (reader.U8() != SavedVersion || !PacketHead.TryRead(ref reader, Seal.Cluster, out var head))
        {
            return false;
        }

        var isWhole = true;
        while (isWhole && !reader.IsAtEnd)
        {
            isWhole = SwimMessage.TryRead(ref reader, out var row) && row.Kind == SwimMessageKind.Row;
            if (isWhole && row.Node != _self.Node)
            {
                Hear(_last, row, tells: false, effects);
            }
        }

        _suspicionEnds.Clear();
        _recentlyDead.Clear();
        if (head.Sender == _self.Node && head.Incarnation >= _self.Standing.Incarnation && head.Incarnation.IsPlausibleAfter(_self.Standing.Incarnation))
        {
            // The boot number was lost and the table was not.
            Speak(_last, head.Incarnation.Next, _self.Facts!);
        }

        return isWhole;
    }

    private ulong Digest => _table.All.Where(contact => contact.Facts is not null).Aggregate(_self.Digest, (sum, contact) => sum + contact.Digest);

    // Rows, or their digest alone.
    private bool TryMergeRows(Instant now, ref WireReader reader, PacketHead head, bool tells, SwimEffects effects, out ulong digest)
    {
        digest = 0;
        while (!reader.IsAtEnd)
        {
            if (!SwimMessage.TryRead(ref reader, out var row))
            {
                return false;
            }

            if (row.Kind == SwimMessageKind.Digest)
            {
                digest = row.Digest;
                return reader.IsAtEnd;
            }

            if (row.Kind != SwimMessageKind.Row)
            {
                return false;
            }

            digest += Contact.DigestOf(row);

            // A death that this side has not heard of by rumour may be the other side of a partition speaking: the member is suspected only, so that it can refute.
            var isDoubtful = row.Standing.State == MemberState.Dead && row.Node != _self.Node && _table.Find(row.Node) is { IsLive: true };
            Hear(
                now,
                new SwimMessage
                {
                    Kind = row.Kind,
                    Node = row.Node,
                    Standing = isDoubtful ? row.Standing with { State = MemberState.Suspect } : row.Standing,
                    By = isDoubtful ? head.Sender : row.By,
                    FactsIncarnation = row.FactsIncarnation,
                    Facts = row.Facts,
                },
                tells,
                effects);
        }

        return true;
    }

    private byte[] TableBody()
    {
        var contacts = _table.All.Where(contact => contact.Facts is not null).Append(_self);
        var writer = new WireWriter(new byte[PacketHead.BytesMax + contacts.Sum(contact => contact.RowBytes)]);
        Head.Write(ref writer, Seal.Cluster);
        foreach (var contact in contacts)
        {
            contact.WriteRow(ref writer);
        }

        return writer.Written.ToArray();
    }

    private void Exchange(Instant now, SwimEffects effects)
    {
        if (now >= _joinsAt)
        {
            Join(now, effects);
        }

        if (now >= _exchangesAt)
        {
            var longest = _options.PushPullEvery(LiveCount);
            _exchangePause = _exchangePause > longest ? longest : _exchangePause;
            _exchangesAt = now + (_exchangePause * (0.9 + (0.2 * _random.NextDouble())));
            _exchangePause *= 2;
            CompareWithAnyone(effects);
        }

        if (now >= _looksAgainAt)
        {
            _looksAgainAt = Instant.Never;
            CompareWithAnyone(effects);
        }

        if (now >= _healsAt)
        {
            Heal(now, effects);
        }
    }

    /// <summary>
    /// One of the dead is back, and others may be as well, whose rumour did not reach this member. So when that has been told it compares tables with somebody, and again, ever less often, until it finds no difference.
    /// Without that the last few of a large half that comes back would wait for the next regular exchange.
    /// </summary>
    private void ExpectMore(Instant now, MemberState? before)
    {
        if (before == MemberState.Dead && _looksAgainAt == Instant.Never)
        {
            _lookPause = _options.ProbeInterval * 5;
            _looksAgainAt = now + (_lookPause * (1 + (0.5 * _random.NextDouble())));
        }
    }

    private void CompareWithAnyone(SwimEffects effects)
    {
        _table.PickLive(1, except: null, onlyAlive: false, _picked);
        if (_picked is [var partner])
        {
            _comparesWith = partner.Facts!.PeerEndpoint;
            effects.Do(SwimEffectKind.Compare, partner.Facts.PeerEndpoint, partner.Node, ++_exchanges);
        }
    }

    /// <summary>Asks seeds and those known from before, until one has answered.</summary>
    private void Join(Instant now, SwimEffects effects)
    {
        FindAbsentSeeds();
        if (_isJoined || (_absentSeeds.Count == 0 && _table.Live.Count == 0))
        {
            _joinsAt = Instant.Never;
            return;
        }

        for (var i = 0; i < JoinContacts && _absentSeeds.Count > 0; i++)
        {
            var place = _random.Next(_absentSeeds.Count);
            ExchangeWith(_absentSeeds[place], default, effects);
            _absentSeeds.RemoveAt(place);
        }

        _table.PickLive(JoinContacts, except: null, onlyAlive: true, _picked);
        foreach (var contact in _picked)
        {
            ExchangeWith(contact.Facts!.PeerEndpoint, contact.Node, effects);
        }

        _joinsAt = now + (_joinPause * (0.5 + _random.NextDouble()));
        _joinPause = _joinPause * 2 > JoinPauseMax ? JoinPauseMax : _joinPause * 2;
    }

    /// <summary>Tries a dead member again, or a seed's address at which nobody lives: all members together about once per heal interval for each, each of them never more often than once.</summary>
    private void Heal(Instant now, SwimEffects effects)
    {
        _healsAt = now + (_options.HealInterval * (1 + _random.NextDouble()));
        FindAbsentSeeds();
        var candidates = _table.Dead.Count + _absentSeeds.Count;
        if (candidates == 0 || _random.NextDouble() * LiveCount >= candidates)
        {
            return;
        }

        var place = _random.Next(candidates);
        if (place < _table.Dead.Count)
        {
            ExchangeWith(_table.Dead[place].Facts!.PeerEndpoint, _table.Dead[place].Node, effects);
        }
        else
        {
            ExchangeWith(_absentSeeds[place - _table.Dead.Count], default, effects);
        }
    }

    /// <summary>The seeds' addresses at which nobody is known to be live. A name may stand for a member's address: who answered there is remembered.</summary>
    private void FindAbsentSeeds()
    {
        _absentSeeds.Clear();
        foreach (var seed in _seeds)
        {
            var node = _seedNodes.GetValueOrDefault(seed);
            var isSelf = seed == _self.Facts!.PeerEndpoint || node == _self.Node;
            var isCovered = isSelf || _table.Find(node) is { IsLive: true } || _table.Live.Exists(contact => contact.Facts!.PeerEndpoint == seed);
            if (!isCovered)
            {
                _absentSeeds.Add(seed);
            }
        }
    }

    private void ExchangeWith(Endpoint to, NodeId node, SwimEffects effects) => effects.Do(SwimEffectKind.PushPull, to, node, ++_exchanges);
}
