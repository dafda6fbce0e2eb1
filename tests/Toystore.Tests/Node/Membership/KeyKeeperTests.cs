using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Core.Placement;
using Toystore.Tests.Node.Worlds;
using static Toystore.Tests.Core.Membership.TestKeys;

namespace Toystore.Tests.Node.Membership;

/// <summary>The keys of one node, and a test that writes it letters.</summary>
public sealed class KeyKeeperTests : IAsyncDisposable
{
    private static readonly Topology Three = Clusters.Topology(Clusters.Of(3));
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Other = new(2);
    private static readonly ClusterKey One = Key(1);
    private static readonly ClusterKey Two = Key(2);

    private readonly ListLog _log = new();
    private readonly MemoryStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_change_that_was_recorded_and_is_played_again_does_nothing()
    {
        var keeper = await BeginAsync(Ring(One));
        var seal = Seal(Ring(One));
        var add = Order(KeyStep.Add, expected: 0) with { Key = Two };
        var letters = new[] { add.Seal(seal, 0), (Order(KeyStep.Use, 1) with { Fingerprint = Two.Fingerprint }).Seal(seal, 0), (Order(KeyStep.Use, 2) with { Fingerprint = One.Fingerprint }).Seal(seal, 0), (Order(KeyStep.Remove, 3) with { Fingerprint = Two.Fingerprint }).Seal(seal, 0) };
        foreach (var letter in letters)
        {
            await keeper.AnswerAsync(Other, letter, CancellationToken.None);
        }

        Assert.Equal((Ring(One), 4UL), (keeper.Ring, keeper.Ring.Revision));
        foreach (var letter in letters)
        {
            await keeper.AnswerAsync(Other, letter, CancellationToken.None);
            Assert.Equal((Ring(One), 4UL), (keeper.Ring, keeper.Ring.Revision));
        }
    }

    [Fact]
    public async Task A_step_asked_for_twice_is_taken_once()
    {
        var keeper = await BeginAsync(Ring(One));
        var add = Order(KeyStep.Add, 0) with { Key = Two };
        Assert.Equal(KeyEnd.Done, (await keeper.DoAsync(add, CancellationToken.None)).End);
        Assert.Equal(KeyEnd.Done, (await keeper.DoAsync(add, CancellationToken.None)).End);
        Assert.Equal((Ring(One, Two), 1UL), (keeper.Ring, keeper.Ring.Revision));
    }

    [Fact]
    public async Task A_letter_without_a_key_of_the_node_changes_nothing_and_tells_fingerprints_only()
    {
        var keeper = await BeginAsync(Ring(One));
        var forger = Seal(Ring(Two));
        foreach (var letter in new[]
        {
            (Order(KeyStep.Add, 0) with { Key = Two }).Seal(forger, 0), Order(KeyStep.Give, 0).Seal(forger, 0), Order(KeyStep.Give, 0).Seal(Seal(KeyRing.Empty), -1),
            (Order(KeyStep.Add, 0) with { Key = Two }).Seal(Seal(KeyRing.Empty), -1), [1, 2, 3], [],
        })
        {
            var reply = Assert.IsType<PeerReply.KeyLetter>(await keeper.AnswerAsync(Other, letter, CancellationToken.None));
            var answer = KeyAnswer.Open(forger, reply.Letter.Span, default, 0)!;
            Assert.Equal((KeyEnd.NotOpened, null), (answer.End, answer.Given));
            Assert.Equal([One.Fingerprint], answer.Keys);
            Assert.True(reply.Letter.Span.IndexOf(new byte[8].Select(_ => (byte)1).ToArray()) < 0);
        }

        Assert.Equal((Ring(One), 0UL), (keeper.Ring, keeper.Ring.Revision));
    }

    [Fact]
    public async Task A_letter_for_another_member_or_in_the_name_of_another_is_refused()
    {
        var keeper = await BeginAsync(Ring(One));
        var order = Order(KeyStep.Add, 0) with { Key = Two };
        Assert.IsType<PeerReply.Failed>(await keeper.AnswerAsync(new NodeId(3), order.Seal(Seal(Ring(One)), 0), CancellationToken.None));
        Assert.IsType<PeerReply.Failed>(await keeper.AnswerAsync(Other, (order with { To = new NodeId(3) }).Seal(Seal(Ring(One)), 0), CancellationToken.None));
        Assert.Equal(Ring(One), keeper.Ring);
    }

    [Fact]
    public async Task Keys_are_given_to_who_has_one_of_them_and_fewer_changes()
    {
        var keeper = await BeginAsync(Ring(One));
        await keeper.DoAsync(Order(KeyStep.Add, 0) with { Key = Two }, CancellationToken.None);
        var seal = Seal(Ring(One));
        var order = Order(KeyStep.Give, expected: 0);
        var given = KeyAnswer.Open(seal, await LetterAsync(keeper, order.Seal(seal, 0)), order.Question, 0)!.Given!;
        Assert.Equal((Ring(One, Two), 1UL), (given, given.Revision));
        var same = order with { Expected = 1 };
        Assert.Null(KeyAnswer.Open(seal, await LetterAsync(keeper, same.Seal(seal, 0)), order.Question, 0)!.Given);
    }

    [Fact]
    public async Task Where_open_packets_are_still_taken_open_steps_are_and_keys_are_not_given()
    {
        var keeper = await BeginAsync(KeyRing.Empty);
        var open = Seal(KeyRing.Empty);
        var add = Order(KeyStep.Add, 0) with { Key = One };
        Assert.Equal(KeyEnd.Done, KeyAnswer.Open(open, await LetterAsync(keeper, add.Seal(open, -1)), add.Question, -1)!.End);
        var give = Order(KeyStep.Give, 0);
        var answer = KeyAnswer.Open(open, await LetterAsync(keeper, give.Seal(open, -1)), give.Question, -1)!;
        Assert.Equal((KeyEnd.Refused, null), (answer.End, answer.Given));
    }

    [Fact]
    public async Task What_was_changed_is_there_after_a_restart_until_the_configured_list_is_another_one()
    {
        var keeper = await BeginAsync(Ring(One));
        await keeper.DoAsync(Order(KeyStep.Add, 0) with { Key = Two }, CancellationToken.None);
        Assert.Equal(Ring(One, Two), (await BeginAsync(Ring(One))).Ring);
        Assert.Equal(Ring(One, Two), (await BeginAsync(KeyRing.Empty)).Ring);
        Assert.DoesNotContain(_log.Lines, line => line.Event.Id == 1123);
        var anew = await BeginAsync(Ring(Key(3)));
        Assert.Equal((Ring(Key(3)), 1UL), (anew.Ring, anew.Ring.Revision));
        Assert.Single(_log.Lines, line => line.Event.Id == 1123);
    }

    [Fact]
    public async Task A_disk_that_does_not_take_the_keys_leaves_them_as_they_were()
    {
        var store = new FaultyStore(new MemoryStore()) { Rule = static _ => StoreWrite.Full };
        var keeper = Keeper(Ring(One), store);
        await keeper.BeginAsync(CancellationToken.None);
        var answer = await keeper.DoAsync(Order(KeyStep.Add, 0) with { Key = Two }, CancellationToken.None);
        Assert.Equal(KeyEnd.Refused, answer.End);
        Assert.Contains("its disk did not take the keys", answer.Problem);
        Assert.Equal(Ring(One), keeper.Ring);
    }

    [Fact]
    public async Task A_node_that_has_not_read_its_disk_says_so() =>
        Assert.IsType<PeerReply.Failed>(await Keeper(Ring(One), _store).AnswerAsync(Other, Order(KeyStep.Tell, 0).Seal(Seal(Ring(One)), 0), CancellationToken.None));

    private static async Task<byte[]> LetterAsync(KeyKeeper keeper, byte[] letter) =>
        Assert.IsType<PeerReply.KeyLetter>(await keeper.AnswerAsync(Other, letter, CancellationToken.None)).Letter.ToArray();

    private static KeyOrder Order(KeyStep step, ulong expected) => new(step, Other, Self, Guid.Parse("00000001-0002-0003-0004-000000000005")) { Expected = expected, Revision = expected + 1 };

    private static PacketSeal Seal(KeyRing keys) => new(Three.ClusterId, keys, RandomNumberGenerator.Fill);

    private async Task<KeyKeeper> BeginAsync(KeyRing configured)
    {
        var keeper = Keeper(configured, _store);
        await keeper.BeginAsync(CancellationToken.None);
        return keeper;
    }

    private KeyKeeper Keeper(KeyRing configured, IStore store) => new(
        new MembershipSetup(Self, Three, SwimOptions.Lan, configured, "1.0", TimeSpan.FromSeconds(10)),
        new MembershipRecords(store, Three.Fingerprint, NullLogger.Instance),
        new Nobody(),
        TimeProvider.System,
        _log);

    private sealed class Nobody : IPeers
    {
        public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken) => new(new PeerReply.Unreachable("nobody"));

        public PeerHealth Health(NodeId node) => default;
    }
}
