using Toystore.Core;
using Toystore.Core.Agreement;

namespace Toystore.Tests.Core.Agreement;

/// <summary>Nodes 1, 2, 3 ... with disks 11, 12, 13 ..., and decrees that they may decide on.</summary>
internal static class Cast
{
    public const ulong Lineage = 0xA;

    public static readonly SeedList Seeds = new([N(1), N(2), N(3)]);

    public static readonly Decree First = Decree.First(Seeds, Lineage, [Name(1), Name(2), Name(3)], Value("one"));

    public static NodeId N(ulong node) => new(node);

    public static AcceptorName Name(ulong node) => new(N(node), new DiskId(10 + node));

    public static ReadOnlyMemory<byte> Value(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    public static Ballot Ballot(ulong number, ulong node = 1, ulong attempt = 7) => new(number, N(node), attempt);

    public static AcceptorState New(ulong node) => AcceptorState.OfNewDisk(new DiskId(10 + node));

    /// <summary>The state of a node that knows this decree.</summary>
    public static AcceptorState Knowing(ulong node, Decree decree) => new Acceptor(N(node), null).Handle(New(node), new RegisterRequest.Learn(decree)).Next!;

    public static Decree Second(string value, params ulong[] acceptors) => First.Next((acceptors.Length == 0 ? [1UL, 2, 3] : acceptors).Select(Name), Value(value));
}
