using Toystore.Core;
using Toystore.Core.Membership;

namespace Toystore.Simulation.Membership;

/// <summary>The figures of the membership protocol, each by an experiment in virtual time.</summary>
internal static class SwimMeasures
{
    /// <summary>Whether time is noticed that was not lived, and all that Lifeguard adds, is left out.</summary>
    public static SwimOptions Plain { get; } = SwimOptions.Lan with { LocalHealthMax = 0, SuspicionMaxFactor = 1, TellsSuspects = false, NoticesPauses = false };

    /// <summary>Lifeguard, and no more than that.</summary>
    public static SwimOptions LifeguardOnly { get; } = SwimOptions.Lan with { NoticesPauses = false };

    /// <summary>
    /// How many protocol periods from a crash at a period's beginning to the end of the period whose probe found it: the mean. Periods are aligned, nothing is lost, members come back and are crashed again.
    /// </summary>
    public static (double Mean, int Trials) Detection(ulong seed, int members, int trials)
    {
        var world = new SwimWorld(seed, SwimOptions.Lan with { Staggers = false });
        var chance = Chances.Chance.For(seed, "victims");
        var period = SwimOptions.Lan.ProbeInterval;
        var crashed = new Dictionary<NodeId, Instant>();
        var (sum, found) = (0.0, 0);
        world.Reported = (_, what) =>
        {
            // The verdict comes exactly at the end of the period.
            if (what is SwimEvent.Suspected suspected && crashed.Remove(suspected.Node, out var when))
            {
                sum += (world.Now - when) / period;
                found++;
            }
        };
        world.Found(members);
        world.Run(period * 40);
        while (found < trials)
        {
            var victims = Enumerable.Range(0, Math.Max(1, members / 100)).Select(_ => world.Members[chance.Next(members)]).Distinct().ToList();
            var disks = victims.ConvertAll(victim => victim.Swim!.Save());
            foreach (var victim in victims)
            {
                SwimWorld.Crash(victim);
                crashed[SwimWorld.IdOf(victim.Number)] = world.Now;
            }

            _ = world.RunUntil(() => crashed.Count == 0, period * members * 2);
            world.Run(NextBoundary(world, period));
            foreach (var (victim, disk) in victims.Zip(disks))
            {
                world.Start(victim, [], disk);
                victim.Swim!.SkipTargets(chance.Next(members));
            }

            world.Run(period * (20 + chance.Next(20)));
        }

        return (sum / found, found);
    }
    /// <summary>Packets and bytes that a member sends per protocol period when nothing happens.</summary>
    public static (double Packets, double Bytes) Rest(ulong seed, int members, int periods)
    {
        var world = new SwimWorld(seed, SwimOptions.Lan, isOpen: false);
        world.Found(members);
        world.Run(TimeSpan.FromSeconds(60));
        world.Members.ForEach(member => (member.Sent, member.SentBytes) = (0, 0));
        world.Run(SwimOptions.Lan.ProbeInterval * periods);
        return (world.Members.Average(member => (double)member.Sent) / periods, world.Members.Average(member => (double)member.SentBytes) / periods);
    }

    /// <summary>From the first that holds a crashed member dead to the last, in gossip intervals: the median over the trials, and the worst. And from the crash to the first, in seconds: the median.</summary>
    public static (double Median, double Worst, double FirstDead) Spread(ulong seed, int members, int trials)
    {
        var world = new SwimWorld(seed, SwimOptions.Lan);
        var chance = Chances.Chance.For(seed, "victims");
        var victim = default(NodeId);
        Instant? first = null;
        var know = 0;
        world.Reported = (_, what) =>
        {
            if (what is SwimEvent.Died died && died.Node == victim)
            {
                first ??= world.Now;
                know++;
            }
        };
        world.Found(members);
        world.Run(TimeSpan.FromSeconds(40));
        var (spans, waits) = (new List<double>(), new List<double>());
        for (var i = 0; i < trials; i++)
        {
            var member = world.Members[chance.Next(members)];
            var disk = member.Swim!.Save();
            (victim, first, know) = (SwimWorld.IdOf(member.Number), null, 0);
            SwimWorld.Crash(member);
            var began = world.Now;
            Instant? last = null;
            _ = world.RunUntil(
                () =>
                {
                    last ??= know == members - 1 ? world.Now : null;
                    return last is not null;
                },
                TimeSpan.FromMinutes(5));
            Invariant.Require(last is not null, "a death is known to all after five minutes");
            spans.Add((last!.Value - first!.Value) / SwimOptions.Lan.GossipInterval);
            waits.Add((first.Value - began).TotalSeconds);
            world.Start(member, [], disk);
            world.Run(TimeSpan.FromSeconds(30));
        }

        return (Median(spans), spans.Max(), Median(waits));
    }

    /// <summary>
    /// Verdicts of death over members that live, under loss and with slow members: some stop for a while, run for a while, and so on, so that what they should read waits. Counted is each time that
    /// a member comes to hold another dead, by its own verdict or by rumour: one that was never slow, or a slow one.
    /// </summary>
    public static (int Healthy, int Slow) FalseDeaths(ulong seed, SwimOptions options, SwimTrouble trouble)
    {
        var world = new SwimWorld(seed, options) { Loss = trouble.Loss };
        var chance = Chances.Chance.For(seed, "pauses");
        var isSlow = Enumerable.Range(0, trouble.Members).Select(i => i < trouble.SlowMembers).ToArray();
        var (healthy, slow) = (0, 0);
        world.Reported = (_, what) =>
        {
            if (what is SwimEvent.Died died)
            {
                healthy += isSlow[SwimWorld.NumberOf(died.Node)] ? 0 : 1;
                slow += isSlow[SwimWorld.NumberOf(died.Node)] ? 1 : 0;
            }
        };
        world.Found(trouble.Members);
        world.Run(TimeSpan.FromSeconds(10));
        foreach (var member in world.Members.Take(trouble.SlowMembers))
        {
            void Stop()
            {
                var span = chance.Between(trouble.StopMin, trouble.StopMax);
                if (trouble.OnlyPacketsStop)
                {
                    world.Hold(member, span);
                }
                else
                {
                    world.Pause(member, span);
                }

                world.At(world.Now + span + chance.Exponential(trouble.RunMean), Stop);
            }

            world.At(world.Now + chance.Exponential(trouble.RunMean), Stop);
        }

        world.Run(trouble.Span);
        return (healthy, slow);
    }

    /// <summary>Many join at once, all through one seed: how long until everyone knows everyone, the most packets that a member sent in a second, and table exchanges per member.</summary>
    public static (TimeSpan Full, int PacketsMax, double Exchanges) JoinStorm(ulong seed, int members, TimeSpan within)
    {
        var world = new SwimWorld(seed, SwimOptions.Lan);
        var chance = Chances.Chance.For(seed, "joins");
        for (var i = 0; i < members; i++)
        {
            var member = world.Add();
            world.At(world.Now + (i == 0 ? TimeSpan.Zero : within * chance.NextDouble()), () => world.Start(member, [0]));
        }

        var isFull = world.RunUntil(() => world.Members.TrueForAll(member => member.Swim?.LiveCount == members), TimeSpan.FromMinutes(10));
        return (isFull ? world.Now - default(Instant) : TimeSpan.MaxValue, world.Members.Max(member => member.SentNowMax), (double)world.Exchanges / members);
    }

    /// <summary>A cluster is cut in half for a while, and then not any longer: how long until everyone holds everyone alive and does so from then on for a minute; longer than five minutes is never.</summary>
    public static TimeSpan Split(ulong seed, int members, TimeSpan cut, bool isOpen = true)
    {
        var world = new SwimWorld(seed, SwimOptions.Lan, isOpen);
        var chance = Chances.Chance.For(seed, "sides");
        world.Found(members);
        world.Run(TimeSpan.FromSeconds(30));
        foreach (var member in world.Members.OrderBy(_ => chance.NextUInt64()).Take(members / 2))
        {
            member.Side = 1;
        }

        world.Run(cut);
        Invariant.Require(world.Members.TrueForAll(member => member.Swim!.DeadCount >= members / 2), "each half holds the other dead");
        world.Members.ForEach(member => member.Side = 0);
        var healed = world.Now;
        bool IsWhole() => world.Members.TrueForAll(member => member.Swim!.LiveCount == members && member.Swim.View.Members.All(other => other.State == MemberState.Alive));
        while (world.RunUntil(IsWhole, TimeSpan.FromMinutes(5)))
        {
            var whole = world.Now;
            if (!world.RunUntil(() => !world.Members.TrueForAll(member => member.Swim!.LiveCount == members), TimeSpan.FromMinutes(1)))
            {
                return whole - healed;
            }
        }

        return TimeSpan.MaxValue;
    }

    private static TimeSpan NextBoundary(SwimWorld world, TimeSpan period) => new((period.Ticks - (world.Now.Ticks % period.Ticks)) % period.Ticks);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
