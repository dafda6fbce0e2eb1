using System.Collections.Immutable;
using System.Text;

namespace Toystore.Core.Membership;

/// <summary>
/// A letter about keys from one member to another, over TCP. It is sealed with a key that both have, or open where there is none yet: so nobody without a key can change one, and no key crosses the wire in the clear but the first of
/// a cluster. The answer repeats <see cref="Question"/>; a change names the <see cref="Expected"/> revision, which has passed when somebody plays it again.
/// </summary>
/// <param name="Step">What is asked.</param>
/// <param name="By">Who asks.</param>
/// <param name="To">Whom.</param>
/// <param name="Question">Which question: chance.</param>
public sealed record KeyOrder(KeyStep Step, NodeId By, NodeId To, Guid Question)
{
    /// <summary>The revision that the member had when it was last asked: if it has another one, somebody else is changing keys. Of <see cref="KeyStep.Give"/>: the asker's own.</summary>
    public ulong Expected { get; init; }

    /// <summary>The revision that a change leads to, at least.</summary>
    public ulong Revision { get; init; }

    /// <summary>The key to add.</summary>
    public ClusterKey? Key { get; init; }

    /// <summary>The key to use or remove.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>As a letter.</summary>
    /// <param name="seal">The asker's.</param>
    /// <param name="key">With which of its keys it is sealed; -1 for an open letter.</param>
    public byte[] Seal(PacketSeal seal, int key)
    {
        Invariant.Require(Key is null || key >= 0 || seal.Keys.TakesOpen, "a key goes into an open letter only where everything is open");
        var body = new byte[KeyLetters.BytesMax];
        var writer = new WireWriter(body);
        writer.U8(KeyLetters.OrderKind);
        writer.U8((byte)Step);
        writer.U64(By.Value);
        writer.U64(To.Value);
        KeyLetters.Write(ref writer, Question);
        writer.U64(Expected);
        writer.U64(Revision);
        writer.U8((byte)(Key?.Secret.Length ?? 0));
        writer.Bytes(Key is null ? [] : Key.Secret);
        writer.Text(Fingerprint);
        return seal.SealLetter(body.AsSpan(0, writer.Length), key);
    }

    /// <summary>Reads one. Null if it cannot be opened or understood.</summary>
    /// <param name="seal">The reader's.</param>
    /// <param name="letter">What has arrived: anything.</param>
    /// <param name="key">Which of the reader's keys it is sealed with; -1 for an open one.</param>
    public static KeyOrder? Open(PacketSeal seal, ReadOnlySpan<byte> letter, out int key)
    {
        key = -1;
        if (letter.Length > KeyLetters.BytesMax + seal.Overhead + 64 || seal.OpenLetter(letter, out var body, out key) != SealVerdict.Opened)
        {
            return null;
        }

        var reader = new WireReader(body);
        var isOrder = reader.U8() == KeyLetters.OrderKind;
        var step = (KeyStep)reader.U8();
        var order = new KeyOrder(step, new NodeId(reader.U64()), new NodeId(reader.U64()), KeyLetters.Guid(ref reader)) { Expected = reader.U64(), Revision = reader.U64() };
        var secret = reader.Bytes(reader.U8());
        var hasKey = ClusterKey.TryCreate(secret, out var added);
        order = order with { Key = added, Fingerprint = reader.Text() };
        return isOrder && !reader.HasFailed && (hasKey || secret.IsEmpty) ? order : null;
    }
}

/// <summary>How a <see cref="KeyOrder"/> ended.</summary>
public enum KeyEnd : byte
{
    /// <summary>No key of the reader opens the letter, or it was open and open ones are not taken. The only answer that is believed although anybody could write it: it makes the asker try its next key.</summary>
    NotOpened = 0,

    /// <summary>Done, now or before.</summary>
    Done = 1,

    /// <summary>Not done.</summary>
    Refused = 2,
}

/// <summary>The answer to a <see cref="KeyOrder"/>, sealed with the key that the order was sealed with.</summary>
/// <param name="End">How it ended.</param>
/// <param name="By">Who answers.</param>
/// <param name="Question">Which question; empty if the order could not be opened.</param>
public sealed record KeyAnswer(KeyEnd End, NodeId By, Guid Question)
{
    /// <summary>The fingerprints of the keys there, the one in use first.</summary>
    public ImmutableArray<string> Keys { get; init; } = [];

    /// <summary><see cref="KeyRing.Seals"/> there.</summary>
    public bool Seals { get; init; }

    /// <summary><see cref="KeyRing.TakesOpen"/> there.</summary>
    public bool TakesOpen { get; init; }

    /// <summary><see cref="KeyRing.Revision"/> there.</summary>
    public ulong Revision { get; init; }

    /// <summary>The keys, for <see cref="KeyStep.Give"/>; null if the asker's are as new.</summary>
    public KeyRing? Given { get; init; }

    /// <summary>Why not, in a sentence.</summary>
    public string Problem { get; init; } = "";

    /// <summary>What a member says of its keys.</summary>
    public static KeyAnswer Of(KeyEnd end, NodeId by, Guid question, KeyRing ring) => new(end, by, question)
    {
        Keys = [.. ring.Keys.Select(key => key.Fingerprint)],
        Seals = ring.Seals,
        TakesOpen = ring.TakesOpen,
        Revision = ring.Revision,
    };

    /// <summary>As a letter.</summary>
    /// <param name="seal">Who answers.</param>
    /// <param name="key">Which of its keys opened the order; -1 for an open one.</param>
    public byte[] Seal(PacketSeal seal, int key)
    {
        Invariant.Require(Given is null || key >= 0, "keys are given in sealed letters only");
        var body = new byte[KeyLetters.BytesMax];
        var writer = new WireWriter(body);
        writer.U8(KeyLetters.AnswerKind);
        writer.U8((byte)End);
        writer.U64(By.Value);
        KeyLetters.Write(ref writer, Question);
        writer.U8((byte)((Seals ? 1 : 0) | (TakesOpen ? 2 : 0)));
        writer.U64(Revision);
        writer.U8((byte)Keys.Length);
        foreach (var fingerprint in Keys)
        {
            writer.Text(fingerprint);
        }

        var given = Given?.Save() ?? [];
        writer.U16(given.Length);
        writer.Bytes(given);
        var problem = Encoding.UTF8.GetBytes(Problem.Length > KeyLetters.ProblemCharsMax ? Problem[..KeyLetters.ProblemCharsMax] : Problem);
        writer.U16(problem.Length);
        writer.Bytes(problem);
        return seal.SealLetter(body.AsSpan(0, writer.Length), key);
    }

    /// <summary>Reads one. Null if it cannot be opened or understood, answers another question, or is open although the order was sealed, unless it says that the order could not be opened.</summary>
    /// <param name="seal">The reader's, with which it sealed the order.</param>
    /// <param name="letter">What has arrived: anything.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="key">Which key the order was sealed with; -1 if it was open.</param>
    public static KeyAnswer? Open(PacketSeal seal, ReadOnlySpan<byte> letter, Guid question, int key)
    {
        if (letter.Length > KeyLetters.BytesMax + 64 || seal.OpenLetter(letter, out var body, out var with) != SealVerdict.Opened)
        {
            return null;
        }

        var reader = new WireReader(body);
        var isAnswer = reader.U8() == KeyLetters.AnswerKind;
        var answer = new KeyAnswer((KeyEnd)reader.U8(), new NodeId(reader.U64()), KeyLetters.Guid(ref reader));
        var flags = reader.U8();
        answer = answer with { Seals = (flags & 1) != 0, TakesOpen = (flags & 2) != 0, Revision = reader.U64() };
        var keys = new List<string>();
        for (var count = reader.U8(); keys.Count < count && !reader.HasFailed;)
        {
            keys.Add(reader.Text());
        }

        var given = reader.Bytes(reader.U16());
        var problem = reader.Bytes(reader.U16());
        answer = answer with { Keys = [.. keys], Given = with < 0 || given.IsEmpty ? null : KeyRing.Restore(given), Problem = Encoding.UTF8.GetString(problem) };
        var isBelieved = answer.End == KeyEnd.NotOpened || (answer.Question == question && with == key);
        return isAnswer && !reader.HasFailed && isBelieved ? answer : null;
    }
}

/// <summary>What orders and answers have in common.</summary>
internal static class KeyLetters
{
    public const byte OrderKind = 1;
    public const byte AnswerKind = 2;
    public const int BytesMax = 8192;
    public const int ProblemCharsMax = 1000;

    public static void Write(ref WireWriter writer, Guid question)
    {
        writer.Bytes(question.ToByteArray());
    }

    public static Guid Guid(ref WireReader reader) => reader.Bytes(16) is { Length: 16 } bytes ? new Guid(bytes) : default;
}
