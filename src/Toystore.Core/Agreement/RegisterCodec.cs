using System.Buffers;

namespace Toystore.Core.Agreement;

/// <summary>
/// Bytes of the register's messages: u8 type, and the fields in their order, laid out as <see cref="AcceptorStateCodec"/> says; an instance is u64 lineage, u64 number, u64 fingerprint. What is read may have been made to do harm: one that is not
/// sound reads as null, and allocates no more than its own length and a little.
/// </summary>
public static class RegisterCodec
{
    private const byte PrepareType = 1;
    private const byte AcceptType = 2;
    private const byte LearnType = 3;
    private const byte AskType = 4;
    private const byte ForceType = 5;
    private const byte BeatenType = 6;
    private const byte BehindType = 7;
    private const byte OvertakenType = 8;
    private const byte RefusedType = 9;

    /// <summary>Writes a request.</summary>
    public static void Write(RegisterRequest request, IBufferWriter<byte> to)
    {
        var writer = new RegisterWriter(to);
        switch (request)
        {
            case RegisterRequest.Prepare(var instance, var name, var ballot):
                writer.U8(PrepareType);
                writer.Instance(instance);
                writer.Name(name);
                writer.Ballot(ballot);
                break;
            case RegisterRequest.Accept(var instance, var name, var ballot, var decree):
                writer.U8(AcceptType);
                writer.Instance(instance);
                writer.Name(name);
                writer.Ballot(ballot);
                writer.Decree(decree);
                break;
            case RegisterRequest.Learn(var decree):
                writer.U8(LearnType);
                writer.Decree(decree);
                break;
            case RegisterRequest.Ask:
                writer.U8(AskType);
                break;
            case RegisterRequest.Force(var decree):
                writer.U8(ForceType);
                writer.Decree(decree);
                break;
            default:
                throw new InvariantException($"an unknown request: {request}");
        }
    }

    /// <summary>Writes a reply.</summary>
    public static void Write(RegisterReply reply, IBufferWriter<byte> to)
    {
        var writer = new RegisterWriter(to);
        writer.U8(TypeOf(reply));
        writer.Name(reply.Name);
        switch (reply)
        {
            case RegisterReply.Promised(_, var instance, var ballot, var vote):
                writer.Instance(instance);
                writer.Ballot(ballot);
                writer.VoteOrNone(vote);
                break;
            case RegisterReply.Accepted(_, var instance, var ballot):
                writer.Instance(instance);
                writer.Ballot(ballot);
                break;
            case RegisterReply.Beaten(_, var instance, var ballot, var by):
                writer.Instance(instance);
                writer.Ballot(ballot);
                writer.Ballot(by);
                break;
            case RegisterReply.Behind(_, var instance):
                writer.Instance(instance);
                break;
            case RegisterReply.Overtaken(_, var newest):
                writer.Decree(newest);
                break;
            case RegisterReply.Learned(_, var epoch):
                writer.Epoch(epoch);
                break;
            case RegisterReply.Known(_, var newest):
                writer.DecreeOrNone(newest);
                break;
            case RegisterReply.Refused(_, var instance, var reason, var newest):
                writer.Instance(instance);
                writer.U8((byte)reason);
                writer.Epoch(newest);
                break;
        }
    }

    /// <summary>Reads a request; null for what is none.</summary>
    public static RegisterRequest? ReadRequest(ReadOnlySpan<byte> bytes)
    {
        var reader = new RegisterReader(bytes);
        RegisterRequest? request = reader.U8() switch
        {
            PrepareType => new RegisterRequest.Prepare(reader.Instance(), reader.Name(), reader.Ballot()),
            AcceptType => new RegisterRequest.Accept(reader.Instance(), reader.Name(), reader.Ballot(), reader.Decree()!),
            LearnType => new RegisterRequest.Learn(reader.Decree()!),
            AskType => RegisterRequest.Ask.Instance,
            ForceType => new RegisterRequest.Force(reader.Decree()!),
            _ => null,
        };
        return reader.IsWhole ? request : null;
    }

    /// <summary>Reads a reply; null for what is none.</summary>
    public static RegisterReply? ReadReply(ReadOnlySpan<byte> bytes)
    {
        var reader = new RegisterReader(bytes);
        var (type, name) = (reader.U8(), reader.Name());
        RegisterReply? reply = type switch
        {
            PrepareType => new RegisterReply.Promised(name, reader.Instance(), reader.Ballot(), reader.VoteOrNone()),
            AcceptType => new RegisterReply.Accepted(name, reader.Instance(), reader.Ballot()),
            LearnType => new RegisterReply.Learned(name, reader.Epoch()),
            AskType => new RegisterReply.Known(name, reader.DecreeOrNone()),
            BeatenType => new RegisterReply.Beaten(name, reader.Instance(), reader.Ballot(), reader.Ballot()),
            BehindType => new RegisterReply.Behind(name, reader.Instance()),
            OvertakenType => new RegisterReply.Overtaken(name, reader.Decree()!),
            RefusedType => new RegisterReply.Refused(name, reader.Instance(), Reason(ref reader), reader.Epoch()),
            _ => null,
        };
        return reader.IsWhole ? reply : null;
    }

    private static Refusal Reason(ref RegisterReader reader)
    {
        var reason = (Refusal)reader.U8();
        reader.Require(reason is >= Refusal.OtherLineage and <= Refusal.NotNewer);
        return reason;
    }

    private static byte TypeOf(RegisterReply reply) => reply switch
    {
        RegisterReply.Promised => PrepareType,
        RegisterReply.Accepted => AcceptType,
        RegisterReply.Learned => LearnType,
        RegisterReply.Known => AskType,
        RegisterReply.Beaten => BeatenType,
        RegisterReply.Behind => BehindType,
        RegisterReply.Overtaken => OvertakenType,
        RegisterReply.Refused => RefusedType,
        _ => throw new InvariantException($"an unknown reply: {reply}"),
    };
}
