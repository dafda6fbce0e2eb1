using System.Diagnostics;
using System.Globalization;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Benchmarks.Membership;

/// <summary>
/// N members in one process, on real sockets of the loopback interface, with the LAN preset: time until all know all; what a member sends when nothing happens; time from a member's stop until all the others hold it dead. In the
/// same words and figures as a like program around hashicorp/memberlist, so that the two can be run in turn.
/// </summary>
internal static class MembershipComparison
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    public static async Task<int> RunAsync(TextWriter output, string[] args)
    {
        var (members, kills, rest, settle, isSealed) = (10, 2, 30, 10, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--sealed":
                    isSealed = true;
                    break;
                case "--members" when i + 1 < args.Length:
                    members = Number(args[++i]);
                    break;
                case "--kills" when i + 1 < args.Length:
                    kills = Number(args[++i]);
                    break;
                case "--rest" when i + 1 < args.Length:
                    rest = Number(args[++i]);
                    break;
                case "--settle" when i + 1 < args.Length:
                    settle = Number(args[++i]);
                    break;
                default:
                    await Console.Error.WriteLineAsync("membership [--members 10] [--kills 2] [--rest 30] [--settle 10] [--sealed]: seconds of rest that are measured, and that pass before; kills of each kind");
                    return 2;
            }
        }

        // The first cluster of a process waits for the compiler.
        var warm = new Cluster(5, 20_000, isSealed);
        await warm.JoinAsync();
        await warm.DisposeAllAsync();

        var cluster = new Cluster(members, 21_000, isSealed);
        var full = await cluster.JoinAsync();
        var joined = cluster.Traffic.Now;
        await Say(output, $"N={members} {(isSealed ? "sealed" : "open")} full_membership={full.TotalMilliseconds:0}ms join_udp_pkts={joined.Packets} join_udp_bytes={joined.PacketBytes} join_tcp_bytes={joined.StreamBytes}");
        await Task.Delay(TimeSpan.FromSeconds(settle));
        var before = cluster.Traffic.Now;
        await Task.Delay(TimeSpan.FromSeconds(rest));
        var sent = cluster.Traffic.Now - before;
        var each = (double)rest * members;
        await Say(output, $"N={members} rest per member per s: udp_pkts={sent.Packets / each:0.00} udp_payload_B={sent.PacketBytes / each:0.0} udp+ip_B={sent.PacketBytesWithHeads / each:0.0} tcp_B(both directions)={sent.StreamBytes / each:0.0}");
        foreach (var isCrash in (bool[])[true, false])
        {
            for (var i = 0; i < kills; i++)
            {
                await Say(output, await cluster.KillAsync(isCrash));
            }
        }

        await Say(output, $"N={members} false positives: dead_wrongly_now={cluster.WronglyDead()}");
        await cluster.DisposeAllAsync();
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Task Say(TextWriter output, FormattableString text) => output.WriteLineAsync(text.ToString(CultureInfo.InvariantCulture));

    private sealed class Cluster
    {
        private readonly List<LiveMember> _members;
        private readonly int _size;

        public Cluster(int size, int firstPort, bool isSealed)
        {
            _size = size;
            var members = Enumerable.Range(1, size).Select(i => new Member(new NodeId((ulong)i), new Endpoint("127.0.0.1", firstPort + i))).ToList();
            var topology = Topology.Found(new ClusterId(Guid.NewGuid()), members, new Quorums(3, 2, 2), []);
            var keys = KeyRing.Empty;
            if (isSealed && ClusterKey.TryCreate(new byte[32], out var key))
            {
                _ = keys.Add(key!, out keys);
            }

            _members = members.ConvertAll(member => new LiveMember(member, topology, keys, Traffic));
        }

        public Traffic Traffic { get; } = new();

        /// <summary>All at once, when all can be connected to. Until everyone holds everyone alive.</summary>
        public async Task<TimeSpan> JoinAsync()
        {
            foreach (var member in _members)
            {
                await member.ListenAsync();
            }

            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(_members.Select(member => Task.Run(() => member.JoinAsync().AsTask())));
            return await UntilAsync(began, () => _members.TrueForAll(member => member.Knows(_size)), pauseMs: 2);
        }

        public async Task<FormattableString> KillAsync(bool isCrash)
        {
            var victim = _members[Random.Shared.Next(1, _members.Count)];
            _members.Remove(victim);
            var began = Stopwatch.GetTimestamp();
            if (isCrash)
            {
                await victim.DisposeAsync();
            }
            else
            {
                Traffic.Silence(victim.Port);
            }

            TimeSpan? suspected = null;
            var dead = new List<TimeSpan>();
            var told = new HashSet<LiveMember>();
            var last = await UntilAsync(
                began,
                () =>
                {
                    foreach (var member in _members.Where(member => !told.Contains(member)))
                    {
                        var state = member.StateOf(victim.Id);
                        suspected ??= state is MemberState.Suspect ? Stopwatch.GetElapsedTime(began) : null;
                        if (state == MemberState.Dead)
                        {
                            told.Add(member);
                            dead.Add(Stopwatch.GetElapsedTime(began));
                        }
                    }

                    return dead.Count == _members.Count;
                },
                pauseMs: 10);
            if (!isCrash)
            {
                await victim.DisposeAsync();
            }

            return $"N={_size} {(isCrash ? "crash" : "silent")} first_suspect={suspected?.TotalSeconds:0.00}s first_dead={dead[0].TotalSeconds:0.00}s median_dead={dead[dead.Count / 2].TotalSeconds:0.00}s all_dead={last.TotalSeconds:0.00}s";
        }

        public int WronglyDead() => _members.Sum(member => _members.Count(other => member.StateOf(other.Id) == MemberState.Dead));

        public async Task DisposeAllAsync()
        {
            foreach (var member in _members)
            {
                await member.DisposeAsync();
            }
        }

        private static async Task<TimeSpan> UntilAsync(long began, Func<bool> isSo, int pauseMs)
        {
            while (!isSo())
            {
                if (Stopwatch.GetElapsedTime(began) > Patience)
                {
                    throw new InvalidOperationException($"not so after {Patience.TotalSeconds} s");
                }

                await Task.Delay(pauseMs);
            }

            return Stopwatch.GetElapsedTime(began);
        }
    }
}
