namespace Toystore.Tests.Healing.Model;

/// <content>
/// Scenes: the shortest stories in which a rule is what saves a write, where random runs meet them too seldom. N = 3 with W = R = 2, members 3 and 4 stand in; frames go where a scene sends them.
/// </content>
internal sealed partial class World
{
    private const int Key = 1;
    private const int Slot = 1;

    private World(Broken broken)
        : this(0, broken, null)
    {
        (_n, _w, _r) = (3, 2, 2);
        _members = new Member[5];
        for (var index = 0; index < _members.Length; index++)
        {
            _members[index] = new Member(index, _members.Length) { Actor = ++_actors, Minter = _actors, Stamp = ++_stamps };
        }

        _cut = new bool[5, 5];
        _acknowledgesUnsynced = false;
        _lossPercent = 0;
        _isHealing = true;
    }

    /// <summary>Plays one scene. What it violated, or null.</summary>
    public static string? Play(Scene scene, Broken broken)
    {
        var world = new World(broken);
        try
        {
            switch (scene)
            {
                case Scene.WriteDuringAnExchange:
                    world.WriteDuringAnExchange();
                    break;
                case Scene.LateNewWriteOfADeadCoordinator:
                    world.LateNewWrite();
                    break;
                case Scene.LateCopyOfADroppedHint:
                    world.LateCopy();
                    break;
                case Scene.RefillBesideATombstone:
                    world.RefillBesideATombstone();
                    break;
                case Scene.PowerFailsAfterAnExchange:
                    world.PowerFailsAfterAnExchange();
                    break;
                case Scene.EverybodyRestartsWithClocksBehind:
                    world.EverybodyRestarts();
                    break;
                case Scene.DeleteBelowWhatItDeletes:
                    world.DeleteBelowWhatItDeletes();
                    break;
                case Scene.RolledBackDiskAfterAPurge:
                    world.RolledBackAfterAPurge();
                    break;
                case Scene.CoordinatorWipedBetweenExchanges:
                    world.CoordinatorWipedBetweenExchanges();
                    break;
                case Scene.CoordinatorWipedWithinARound:
                    world.CoordinatorWipedWithinARound();
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(scene));
            }

            world.EndScene();
        }
        catch (ViolationException violation)
        {
            return violation.Message;
        }

        return null;
    }

    /// <summary>Two exchanges with m1 compare the key before the write and end after the reports that settle it.</summary>
    private void WriteDuringAnExchange()
    {
        var first = BeginExchange(0, 1, Slot)!;
        var second = BeginExchange(2, 1, Slot)!;
        for (var step = 0; step < Keys; step++)
        {
            Step(first);
            Step(second);
        }

        Write(0, delete: false, default, 2);
        Settle();
        ExchangeAll((0, 2));
        Finish(first);
        Finish(second);
        AdvanceFloor(_members[1]);
    }

    /// <summary>z replaces y, reaches nobody, and is lost with its coordinator's power. Its frame arrives when the floor has passed it.</summary>
    private void LateNewWrite()
    {
        Write(0, delete: false, default, 1, 2);
        Propose(0, delete: false, ViewOf(_members[0], Key));
        var late = TakeFrame(FrameKind.New, 1);
        Crash(0);
        Settle();
        ExchangeAll((0, 1), (0, 2), (1, 2));
        ExchangeAll((0, 1), (0, 2), (1, 2));
        AdvanceFloor(_members[1]);
        Deliver(late);
    }

    /// <summary>As before, but what is late is a hint's delivery; the stand-in has dropped the hint since.</summary>
    private void LateCopy()
    {
        Write(0, delete: false, default, 1, 2);
        var request = Propose(0, delete: false, ViewOf(_members[0], Key));
        _frames.Clear();
        SendNew(request, 3, 1, false);
        Deliver(TakeFrame(FrameKind.New, 3));
        Crash(0);
        _frames.Clear();
        while (_frames.Count == 0)
        {
            Deliver(_members[3], Key);
        }

        var late = _frames[0];
        _frames.Clear();
        DropUndelivered(_members[3], Key);
        Settle();
        Settle();
        ExchangeAll((0, 1), (0, 2), (1, 2));
        ExchangeAll((0, 1), (0, 2), (1, 2));
        AdvanceFloor(_members[late.To]);
        Deliver(late);
    }

    /// <summary>y and its delete are with m0 and m1; m1 is wiped and refilled; then y's first frames arrive late at those who have never heard of it.</summary>
    private void RefillBesideATombstone()
    {
        var put = Propose(0, delete: false, default);
        Frame toOne = TakeFrame(FrameKind.New, 1), toTwo = TakeFrame(FrameKind.New, 2);
        Deliver(toOne);
        SyncAndAnswer();
        Require(put.IsDone, "the put is done");
        Write(0, delete: true, ViewOf(_members[0], Key), 1);
        Wipe(_members[1]);
        Meet(_members[1], _members[2]);
        ExchangeAll((1, 0), (1, 2));
        Deliver(toOne);
        Deliver(toTwo);
        var merged = _ledgers[Key].Merge(ViewOf(_members[1], Key), ViewOf(_members[2], Key), true);
        Judge(Key, merged.Live, _ledgers[Key].Strict, "a quorum read");
    }

    private void PowerFailsAfterAnExchange()
    {
        Write(0, delete: false, default, 1);
        _now += 10_000;
        AskAll(_members[0]);
        Settle();
        ExchangeAll((0, 1), (0, 2), (1, 2));
        ExchangeAll((0, 1), (0, 2));
        AdvanceFloor(_members[2]);
        Crash(2);
    }

    /// <summary>A stand-in coordinates after a power cut of all, its clock far behind what had been marked.</summary>
    private void EverybodyRestarts()
    {
        Write(0, delete: false, default, 1, 2);
        Settle();
        ExchangeAll((0, 1), (0, 2), (1, 2));
        ExchangeAll((0, 1), (0, 2), (1, 2));
        for (var owner = 0; owner < _n; owner++)
        {
            AdvanceFloor(_members[owner]);
        }

        foreach (var member in _members)
        {
            Stop(member, true);
        }

        foreach (var member in _members)
        {
            member.Offset = -20_000;
            Start(member, false);
        }

        for (var hello = 0; hello < 10; hello++)
        {
            Meet(_members[hello % 5], _members[(hello + 1) % 5]);
        }

        var request = Propose(3, delete: false, default);
        for (var turn = 0; turn < 12 && !request.IsDone; turn++)
        {
            foreach (var frame in _frames.ToArray())
            {
                _frames.Remove(frame);
                Deliver(frame);
            }

            SyncAndAnswer();
        }

        _now += 100_000;
        while (!_members[3].Disk.Held[Key].IsNothing)
        {
            HandBack(_members[3]);
        }
    }

    /// <summary>m1's clock is ahead: the delete of its write has a lower dot. When the floor has passed the delete but not the write, m1 and m2 lose their disks one after the other.</summary>
    private void DeleteBelowWhatItDeletes()
    {
        _members[1].Offset = 50_000;
        var put = Propose(1, delete: false, default);
        Frame toZero = TakeFrame(FrameKind.New, 0), toTwo = TakeFrame(FrameKind.New, 2);
        Deliver(toZero);
        Deliver(toTwo);
        SyncAndAnswer();
        Require(put.IsDone, "the put is done");
        Write(0, delete: true, ViewOf(_members[0], Key), 1, 2);
        Settle();
        ExchangeAll((0, 1), (0, 2), (1, 2));
        ExchangeAll((0, 1), (0, 2), (1, 2));
        for (var owner = 0; owner < _n; owner++)
        {
            AdvanceFloor(_members[owner]);
            Purge(_members[owner]);
            Sync(_members[owner]);
        }

        foreach (var wiped in new[] { 1, 2 })
        {
            Wipe(_members[wiped]);
            Meet(_members[wiped], _members[0]);
            ExchangeAll((wiped, 0), (wiped, 3 - wiped), (wiped, 0));
        }

        Deliver(Again(toTwo));
        var late = Again(toZero);
        Store(_members[1], Key, Merge(Key, ViewOf(_members[1], Key), late.Content));
        var merged = _ledgers[Key].Merge(ViewOf(_members[1], Key), ViewOf(_members[2], Key), true);
        Judge(Key, merged.Live, _ledgers[Key].Strict, "a quorum read");
    }

    /// <summary>Everybody has deleted y and purged the tombstone; then m2's disk is the one that had y.</summary>
    private void RolledBackAfterAPurge()
    {
        Write(0, delete: false, default, 1, 2);
        var old = _members[2].Durable.Duplicate();
        Write(0, delete: true, ViewOf(_members[0], Key), 1, 2);
        Settle();
        ExchangeAll((0, 1), (0, 2), (1, 2));
        ExchangeAll((0, 1), (0, 2), (1, 2));
        for (var owner = 0; owner < _n; owner++)
        {
            AdvanceFloor(_members[owner]);
            Purge(_members[owner]);
            Sync(_members[owner]);
        }

        RollBack(_members[2], old);
        Meet(_members[2], _members[0]);
    }

    /// <summary>
    /// z replaces y at m0 alone. m1 and m2 have exchanged under a ticket above z when z rides with a newer write to a stand-in; m0 is wiped, and the stand-in gives z to m1 alone. A floor that mixed the exchange of m1 and
    /// m2 with those of m0's new process would pass z, which m2 has never seen.
    /// </summary>
    private void CoordinatorWipedBetweenExchanges()
    {
        Write(0, delete: false, default, 1, 2);
        Propose(0, delete: false, ViewOf(_members[0], Key));
        _frames.Clear();
        Settle();
        ExchangeAll((1, 2));
        var request = Propose(0, delete: false, default);
        _frames.Clear();
        SendNew(request, 3, 1, false);
        Deliver(TakeFrame(FrameKind.New, 3));
        Wipe(_members[0]);
        Meet(_members[0], _members[1]);
        GiveBackTo(1);
        AskAll(_members[0]);
        AskAll(_members[0]);
        ExchangeAll((0, 2), (0, 1));
        TellAll();
        AdvanceFloor(_members[2]);
    }

    /// <summary>As before, but m0 is wiped while m1 and m2 ask: after the stand-in has reported, before m0 has.</summary>
    private void CoordinatorWipedWithinARound()
    {
        Write(0, delete: false, default, 1, 2);
        Propose(0, delete: false, ViewOf(_members[0], Key));
        _frames.Clear();
        Settle();
        var rounds = new[] { new Round(_members.Length), new Round(_members.Length) };
        for (var member = 1; member < _members.Length; member++)
        {
            Report(_members[1], _members[member], rounds[0]);
            Report(_members[2], _members[member], rounds[1]);
        }

        var request = Propose(0, delete: false, default);
        _frames.Clear();
        SendNew(request, 3, 1, false);
        var late = TakeFrame(FrameKind.New, 3);
        Wipe(_members[0]);
        Meet(_members[0], _members[1]);
        Report(_members[1], _members[0], rounds[0]);
        Report(_members[2], _members[0], rounds[1]);
        Settle(_members[1], rounds[0]);
        Settle(_members[2], rounds[1]);
        ExchangeAll((1, 2));
        Deliver(late);
        GiveBackTo(1);
        AskAll(_members[0]);
        AskAll(_members[0]);
        ExchangeAll((0, 2), (0, 1));
        TellAll();
        AdvanceFloor(_members[2]);
    }

    /// <summary>The stand-in delivers what it holds to one owner and drops it.</summary>
    private void GiveBackTo(int owner)
    {
        var held = _members[3].Disk.Held[Key];
        if (!held.IsNothing)
        {
            TakeCopy(_members[owner], new Frame { Kind = FrameKind.Copy, From = 3, To = owner, Key = Key, Content = held, Actor = _members[3].Actor, Stamp = _members[owner].Stamp });
            SyncAndAnswer();
            DropDelivered(_members[3], Key);
        }
    }

    private void TellAll()
    {
        for (var from = 0; from < _n; from++)
        {
            for (var to = 0; to < _n; to++)
            {
                Tell(_members[from], _members[to], Slot);
            }
        }
    }

    private Frame Again(Frame frame) => new()
    {
        Kind = FrameKind.Copy,
        From = frame.From,
        To = frame.To,
        Key = frame.Key,
        Content = frame.Content,
        Stamp = _members[frame.To].Stamp,
    };

    private Request Propose(int coordinator, bool delete, Copy token)
    {
        _now += 100;
        var request = new Request { Coordinator = coordinator, Actor = _members[coordinator].Actor, Key = Key, Token = token };
        _frames.Clear();
        MintAndSend(request, token.Live, delete);
        return request;
    }

    /// <summary>A write that reaches these owners and is done.</summary>
    private void Write(int coordinator, bool delete, Copy token, params int[] to)
    {
        var request = Propose(coordinator, delete, token);
        foreach (var owner in to)
        {
            Deliver(TakeFrame(FrameKind.New, owner));
        }

        SyncAndAnswer();
        Require(request.IsDone, "the write is done");
    }

    private Frame TakeFrame(FrameKind kind, int to)
    {
        var frame = _frames.First(f => f.Kind == kind && f.To == to);
        _frames.RemoveAll(f => ReferenceEquals(f, frame));
        return frame;
    }

    private void SyncAndAnswer()
    {
        _frames.Clear();
        foreach (var member in _members)
        {
            Sync(member);
        }

        foreach (var frame in _frames.ToArray())
        {
            Deliver(frame);
        }

        _frames.Clear();
    }

    private void Crash(int member)
    {
        Stop(_members[member], true);
        Start(_members[member], false);
        Meet(_members[member], _members[(member + 1) % _n]);
    }

    /// <summary>Time passes, and two rounds of reports by every owner.</summary>
    private void Settle()
    {
        _now += 5_000;
        for (var asker = 0; asker < 2 * _n; asker++)
        {
            AskAll(_members[asker % _n]);
        }

        for (var asker = 0; asker < _n; asker++)
        {
            AskAll(_members[asker]);
        }
    }

    private void ExchangeAll(params (int One, int Other)[] pairs)
    {
        foreach (var (one, other) in pairs)
        {
            Finish(BeginExchange(one, other, Slot)!);
        }
    }

    private void Finish(Exchange exchange)
    {
        while (Step(exchange))
        {
        }

        _exchanges.Remove(exchange);
    }

    private void EndScene()
    {
        for (var round = 0; round < 2; round++)
        {
            ExchangeAll((0, 1), (1, 2), (2, 0));
        }

        JudgeAll("the end of the scene");
    }
}

/// <summary>The scenes that <see cref="World.Play"/> knows.</summary>
internal enum Scene
{
    WriteDuringAnExchange,
    LateNewWriteOfADeadCoordinator,
    LateCopyOfADroppedHint,
    RefillBesideATombstone,
    PowerFailsAfterAnExchange,
    EverybodyRestartsWithClocksBehind,
    DeleteBelowWhatItDeletes,
    RolledBackDiskAfterAPurge,
    CoordinatorWipedBetweenExchanges,
    CoordinatorWipedWithinARound,
}
