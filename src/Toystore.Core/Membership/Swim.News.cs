using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>What news of a member changes.</summary>
public sealed partial class Swim
{
    private readonly List<(Contact Contact, Instant Until)> _recentlyDead = [];
    private Seldom _clashes = new(TimeSpan.FromSeconds(10));
    private Seldom _implausible = new(TimeSpan.FromSeconds(10));
    private Seldom _reclaims = new(TimeSpan.FromSeconds(1));

    /// <summary>True if this node has spoken up for itself since it was set to false.</summary>
    private bool _hasRefuted;

    /// <summary>
    /// Joins what is said of a member to what is held of it. All news goes through here: rumours, rows of tables, heads of packets, this node's own findings.
    /// </summary>
    /// <param name="now">Now, lived.</param>
    /// <param name="news">What is said.</param>
    /// <param name="tells">True to pass it on if it is news.</param>
    /// <param name="effects">Gets the events.</param>
    private void Hear(Instant now, in SwimMessage news, bool tells, SwimEffects effects)
    {
        if (news.Node == _self.Node)
        {
            HearOfMyself(now, news, effects);
            return;
        }

        if (!AdmitsNewsOf(now, news.Node, effects))
        {
            return;
        }

        var contact = _table.Find(news.Node);
        var known = contact?.Standing.Incarnation ?? default;
        if (!news.Standing.Incarnation.IsPlausibleAfter(known))
        {
            if (_implausible.IsDue(now))
            {
                effects.Happened(new SwimEvent.Implausible(news.Node, known, news.Standing.Incarnation));
            }

            return;
        }

        if (contact is null && !_table.TryAdd(news.Node, out contact))
        {
            return;
        }

        var before = contact.Facts is null ? null : (MemberState?)contact.State;
        var generation = contact.Facts?.Generation ?? 0;
        var clashes = !news.Facts.IsEmpty && news.FactsIncarnation == contact.FactsIncarnation;
        var haveFactsChanged = false;
        if (!news.Facts.IsEmpty && !contact.TakeFacts(news.FactsIncarnation, news.Facts, out haveFactsChanged))
        {
            return;
        }

        if (haveFactsChanged && before is not null)
        {
            effects.Happened(new SwimEvent.FactsChanged(news.Node, contact.FactsIncarnation));
            if (clashes && _clashes.IsDue(now))
            {
                effects.Happened(new SwimEvent.IdentityClash(news.Node, generation, contact.Facts!.Generation));
            }
        }

        var isNews = haveFactsChanged;
        if (news.Standing.Overrides(contact.Standing))
        {
            contact.Standing = news.Standing;
            contact.By = news.Standing.State is MemberState.Suspect or MemberState.Dead ? news.By : default;
            contact.Since = now + _notLived;
            contact.Suspicion = null;
            isNews = true;
        }
        else if (news.Standing == contact.Standing && (contact.Suspicion?.Confirm(news.By) ?? false))
        {
            contact.By = news.By;

            // What is left may be less than nothing; but a deadline in the past would look as if this member had stood still since.
            _suspicionEnds.Enqueue(contact, Instant.Max(contact.Suspicion.Ends, now));
            isNews = true;
        }

        if (isNews)
        {
            _version++;
            Settle(now, contact, before, effects);
            if (tells && contact.Facts is not null)
            {
                Tell(now, contact);
            }
        }
    }

    /// <summary>Puts a member where it belongs after a change, and reports the change.</summary>
    private void Settle(Instant now, Contact contact, MemberState? before, SwimEffects effects)
    {
        KeepBeat(now);
        _table.Place(contact);
        if (contact.Facts is null)
        {
            return;
        }

        var (node, incarnation) = (contact.Node, contact.Standing.Incarnation);
        var wasLive = before is MemberState.Alive or MemberState.Suspect;
        if (contact.IsLive && !wasLive)
        {
            _order.Add(contact);
            ExpectMore(now, before);
            effects.Happened(new SwimEvent.Joined(node, incarnation));
        }

        switch (contact.State)
        {
            case MemberState.Alive when before == MemberState.Suspect:
                effects.Happened(new SwimEvent.Refuted(node, incarnation));
                break;
            case MemberState.Suspect when contact.Suspicion is null:
                contact.Suspicion = new Suspicion(
                    now,
                    contact.By,
                    _options.SuspicionShortest(LiveCount),
                    _options.SuspicionShortest(LiveCount) * _options.SuspicionMaxFactor,
                    _options.ConfirmationsExpected(LiveCount));
                _suspicionEnds.Enqueue(contact, contact.Suspicion.Ends);
                effects.Happened(new SwimEvent.Suspected(node, incarnation, contact.By));
                break;
            case MemberState.Dead when wasLive:
                _recentlyDead.Add((contact, now + _options.GossipToTheDead));
                effects.Happened(new SwimEvent.Died(node, incarnation, contact.By));
                break;
            case MemberState.Left when wasLive:
                effects.Happened(new SwimEvent.Left(node, incarnation));
                break;
        }
    }

    private void EndSuspicions(Instant now, SwimEffects effects)
    {
        while (_suspicionEnds.TryPeek(out var contact, out var ends) && ends <= now)
        {
            _suspicionEnds.Dequeue();
            if (contact.Suspicion is { } suspicion && suspicion.Ends <= now && contact.IsLive)
            {
                Hear(now, new SwimMessage { Node = contact.Node, Standing = contact.Standing with { State = MemberState.Dead }, By = _self.Node }, tells: true, effects);
            }
        }
    }

    /// <summary>
    /// What others say of this node. Accused in its present incarnation or a later one, it speaks up under one above. Good news that it did not publish comes from a life that its disk has forgotten, or from somebody who uses its
    /// identity: it speaks up as well, but not so often that two of them would flood the cluster.
    /// </summary>
    private void HearOfMyself(Instant now, in SwimMessage news, SwimEffects effects)
    {
        var mine = _self.Standing.Incarnation;
        if (_hasLeft || news.Standing.Incarnation < mine)
        {
            return;
        }

        if (!news.Standing.Incarnation.IsPlausibleAfter(mine))
        {
            if (_implausible.IsDue(now))
            {
                effects.Happened(new SwimEvent.Implausible(_self.Node, mine, news.Standing.Incarnation));
            }

            return;
        }

        if (news.Standing.State != MemberState.Alive)
        {
            _health.Add(1);
            Speak(now, news.Standing.Incarnation.Next, _self.Facts!);
            Counts.Refutations++;
            effects.Happened(new SwimEvent.Accused(news.Standing.State, news.By, _self.Standing.Incarnation));
            return;
        }

        var isMyWord = news.Standing.Incarnation == mine && (news.Facts.IsEmpty || news.FactsIncarnation < mine || news.Facts.SequenceEqual(_self.FactsBytes));
        if (isMyWord || !_reclaims.IsDue(now))
        {
            return;
        }

        Speak(now, news.Standing.Incarnation.Next, _self.Facts!);
        var other = FactsCodec.Decode(news.Facts)?.Generation ?? 0;
        if (other != 0 && other != _self.Facts!.Generation && _clashes.IsDue(now))
        {
            effects.Happened(new SwimEvent.IdentityClash(_self.Node, _self.Facts.Generation, other));
        }
    }

    /// <summary>This node's own word, under a new incarnation.</summary>
    private void Speak(Instant now, Incarnation incarnation, MemberFacts facts)
    {
        _self.Publish(facts, facts == _self.Facts ? _self.FactsBytes : FactsCodec.Encode(facts), incarnation);
        _self.Standing = new Standing(incarnation, _hasLeft ? MemberState.Left : MemberState.Alive);
        _hasRefuted = true;
        _version++;
        Tell(now, _self);
    }

    private void NoteEpoch(PacketHead head, Contact? sender, SwimEffects effects)
    {
        var isAhead = head.Epoch.Lineage != Topology.Lineage || head.Epoch.Number > Topology.Number;
        if (sender is not null && sender.Epoch != head.Epoch)
        {
            sender.Epoch = head.Epoch;
            if (isAhead && head.Epoch != default(Epoch))
            {
                effects.Happened(new SwimEvent.TopologyAhead(head.Sender, head.Epoch));
            }
        }
    }
}
