using System.Runtime.CompilerServices;

namespace Toystore.Node.Peers;

/// <summary>A request whose handler has not finished at once. Pooled by its session, so that waiting for it allocates nothing.</summary>
internal sealed class ServedCall
{
    private readonly PeerSession _session;
    private readonly Action _finished;
    private ValueTaskAwaiter<PeerReply> _answer;
    private FrameHeader _header;
    private int _bytes;

    public ServedCall(PeerSession session)
    {
        _session = session;
        _finished = Finish;
    }

    public void Await(in FrameHeader header, int bytes, ValueTask<PeerReply> answer)
    {
        (_header, _bytes, _answer) = (header, bytes, answer.GetAwaiter());
        _answer.UnsafeOnCompleted(_finished);
    }

    private void Finish()
    {
        var (header, bytes, answer) = (_header, _bytes, _answer);
        _answer = default;
        PeerReply reply;
        try
        {
            reply = answer.GetResult();
        }
        catch (Exception e)
        {
            reply = _session.Failed(header.Type, e);
        }

        _session.Finished(this, header, bytes, reply);
    }
}
