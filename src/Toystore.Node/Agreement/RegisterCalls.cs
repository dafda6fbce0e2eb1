using System.Buffers;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using Toystore.Node.Peers;

namespace Toystore.Node.Agreement;

/// <summary>What a node says of its register when it is asked in passing.</summary>
/// <param name="Newest">The newest decree that it has; 0 of lineage 0 for none.</param>
/// <param name="Disk">Which disk it has; 0 if it does not know yet.</param>
/// <param name="Options">The fingerprint of what its options would found.</param>
internal readonly record struct RegisterWord(Epoch Newest, DiskId Disk, ulong Options);

/// <summary>Talks to the acceptors of others, and to this node's own as if it were one of them.</summary>
internal sealed class RegisterCalls(NodeId self, HostedAcceptor acceptor, IPeers peers, Func<Epoch> epoch, TimeProvider time)
{
    // A decree of 100 KB over a line that is nearly full takes a while.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WordPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks one; null if there was no answer.</summary>
    public async Task<RegisterReply?> AskAsync(NodeId to, RegisterRequest request, CancellationToken cancellationToken)
    {
        if (to == self)
        {
            return await acceptor.AnswerAsync(request);
        }

        var message = new ArrayBufferWriter<byte>(request is RegisterRequest.Ask ? 1 : 256);
        RegisterCodec.Write(request, message);
        var reply = await peers.CallAsync(to, epoch(), new PeerRequest.Register(message.WrittenMemory), Deadline.After(Patience, time), cancellationToken);
        return reply is PeerReply.Register(var answer) && RegisterCodec.ReadReply(answer.Span) is { } read && read.Name.Node == to ? read : null;
    }

    /// <summary>Asks one in passing; null if there was no answer.</summary>
    public async Task<RegisterWord?> WordAsync(NodeId to, CancellationToken cancellationToken) =>
        await peers.CallAsync(to, epoch(), new PeerRequest.AskTopology(epoch()), Deadline.After(WordPatience, time), cancellationToken) is PeerReply.Topology(var newest, var disk, var options) ? new RegisterWord(newest, disk, options) : null;

    /// <summary>Asks many in passing, at once; who did not answer is not there.</summary>
    public async Task<Dictionary<NodeId, RegisterWord>> WordsAsync(IEnumerable<NodeId> nodes, CancellationToken cancellationToken)
    {
        var asked = nodes.Where(node => node != self).Select(node => (Node: node, Word: WordAsync(node, cancellationToken))).ToList();
        var words = new Dictionary<NodeId, RegisterWord>();
        foreach (var (node, word) in asked)
        {
            if (await word is { } said)
            {
                words.Add(node, said);
            }
        }

        return words;
    }
}
