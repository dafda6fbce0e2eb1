using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>What clients ask for and are told, as it travels between the node that was asked and the one that coordinates. Every optional field has a bit in a leading byte.</summary>
internal static class OutcomeCodec
{
    private const byte Found = 0;
    private const byte NotFound = 1;
    private const byte Unavailable = 2;
    private const byte ReadOverloaded = 3;
    private const byte ReadInvalid = 4;

    private const byte Done = 0;
    private const byte PreconditionFailed = 1;
    private const byte NotDone = 2;
    private const byte Unknown = 3;
    private const byte WriteInvalid = 4;

    private const byte Absent = 0;
    private const byte Present = 1;
    private const byte Unchanged = 2;

    private const int ValueBytesMin = 1 + 4;

    public static void Write(FrameWriter to, in Value value)
    {
        to.U8((byte)((value.ContentType is null ? 0 : 1) | (value.ExpiresAt is null ? 0 : 2)));
        if (value.ContentType is { } type)
        {
            to.Text(type);
        }

        if (value.ExpiresAt is { } expiry)
        {
            to.I64(expiry.ToUnixTimeMilliseconds());
        }

        to.Bytes(value.Bytes.Span);
    }

    public static Value Value(ref FrameReader from)
    {
        var has = from.U8(max: 3);
        var type = (has & 1) != 0 ? from.Text() : null;
        DateTimeOffset? expiry = (has & 2) != 0 ? from.Moment() : null;
        return new Toystore.Value(from.Bytes(), type, expiry);
    }

    public static void Write(FrameWriter to, ReadOptions options)
    {
        to.U8((byte)((options.R is null ? 0 : 1) | (options.Policy is null ? 0 : 2) | (options.Timeout is null ? 0 : 4) | (options.Sloppy is null ? 0 : 8)));
        if (options.R is { } r)
        {
            to.I32(r);
        }

        if (options.Policy is { } policy)
        {
            to.U8((byte)policy);
        }

        if (options.Timeout is { } timeout)
        {
            to.I64(timeout.Ticks);
        }

        if (options.Sloppy is { } sloppy)
        {
            to.Bool(sloppy);
        }
    }

    public static ReadOptions ReadOptions(ref FrameReader from)
    {
        var has = from.U8(max: 15);
        return new Toystore.ReadOptions
        {
            R = (has & 1) != 0 ? from.I32() : null,
            Policy = (has & 2) != 0 ? (ConflictPolicy)from.U8((int)ConflictPolicy.LastWriteWins) : null,
            Timeout = (has & 4) != 0 ? TimeSpan.FromTicks(from.I64()) : null,
            Sloppy = (has & 8) != 0 ? from.Bool() : null,
        };
    }

    public static void Write(FrameWriter to, WriteOptions options)
    {
        to.U8((byte)((options.Context is null ? 0 : 1) | (options.W is null ? 0 : 2) | (options.Policy is null ? 0 : 4) | (options.Precondition is null ? 0 : 8)
            | (options.RequestId is null ? 0 : 16) | (options.Durability is null ? 0 : 32) | (options.Timeout is null ? 0 : 64) | (options.Sloppy is null ? 0 : 128)));
        if (options.Context is { } context)
        {
            Write(to, context);
        }

        if (options.W is { } w)
        {
            to.I32(w);
        }

        if (options.Policy is { } policy)
        {
            to.U8((byte)policy);
        }

        if (options.Precondition is { } precondition)
        {
            Write(to, precondition);
        }

        if (options.RequestId is { } request)
        {
            to.Guid(request);
        }

        if (options.Durability is { } durability)
        {
            to.U8((byte)durability);
        }

        if (options.Timeout is { } timeout)
        {
            to.I64(timeout.Ticks);
        }

        if (options.Sloppy is { } sloppy)
        {
            to.Bool(sloppy);
        }
    }

    public static WriteOptions WriteOptions(ref FrameReader from)
    {
        var has = from.U8();
        return new Toystore.WriteOptions
        {
            Context = (has & 1) != 0 ? new ContextToken(from.Text()) : null,
            W = (has & 2) != 0 ? from.I32() : null,
            Policy = (has & 4) != 0 ? (ConflictPolicy)from.U8((int)ConflictPolicy.LastWriteWins) : null,
            Precondition = (has & 8) != 0 ? Precondition(ref from) : null,
            RequestId = (has & 16) != 0 ? from.Guid() : null,
            Durability = (has & 32) != 0 ? (WriteDurability)from.U8((int)WriteDurability.Os) : null,
            Timeout = (has & 64) != 0 ? TimeSpan.FromTicks(from.I64()) : null,
            Sloppy = (has & 128) != 0 ? from.Bool() : null,
        };
    }

    public static void Write(FrameWriter to, ReadOutcome outcome)
    {
        switch (outcome)
        {
            case Toystore.ReadOutcome.Found(var values, var context):
                to.U8(Found);
                Write(to, context);
                to.U32((uint)values.Count);
                for (var i = 0; i < values.Count; i++)
                {
                    Write(to, values[i]);
                }

                to.U8((byte)outcome.StandIns);
                break;
            case Toystore.ReadOutcome.NotFound(var context):
                to.U8(NotFound);
                WriteOptional(to, context);
                to.U8((byte)outcome.StandIns);
                break;
            case Toystore.ReadOutcome.Unavailable(var needed, var got, var detail):
                to.U8(Unavailable);
                to.I32(needed);
                to.I32(got);
                to.Detail(detail);
                break;
            case Toystore.ReadOutcome.Overloaded(var retryAfter):
                to.U8(ReadOverloaded);
                to.I64(retryAfter.Ticks);
                break;
            case Toystore.ReadOutcome.Invalid(var problem):
                to.U8(ReadInvalid);
                to.Detail(problem);
                break;
            default:
                throw new InvalidOperationException($"A read cannot end as {outcome.GetType()}.");
        }
    }

    public static ReadOutcome? ReadOutcome(ref FrameReader from)
    {
        switch (from.U8())
        {
            case Found:
                var seen = Context(ref from);
                var values = new Value[from.Count(ValueBytesMin)];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = Value(ref from);
                }

                return new Toystore.ReadOutcome.Found(values, seen) { StandIns = from.U8() };
            case NotFound:
                return new Toystore.ReadOutcome.NotFound(OptionalContext(ref from)) { StandIns = from.U8() };
            case Unavailable:
                return new Toystore.ReadOutcome.Unavailable(from.I32(), from.I32(), from.Text());
            case ReadOverloaded:
                return new Toystore.ReadOutcome.Overloaded(TimeSpan.FromTicks(from.I64()));
            case ReadInvalid:
                return new Toystore.ReadOutcome.Invalid(from.Text());
            default:
                from.Fail();
                return null;
        }
    }

    public static void Write(FrameWriter to, WriteOutcome outcome)
    {
        switch (outcome)
        {
            case Toystore.WriteOutcome.Done(var context, var copies, var durability) done:
                to.U8(Done);
                Write(to, context);
                to.I32(copies);
                to.U8((byte)durability);
                to.U8((byte)done.StandIns);
                break;
            case Toystore.WriteOutcome.PreconditionFailed(var context):
                to.U8(PreconditionFailed);
                WriteOptional(to, context);
                break;
            case Toystore.WriteOutcome.NotDone(var reason, var detail):
                to.U8(NotDone);
                to.U8((byte)reason);
                to.Detail(detail);
                break;
            case Toystore.WriteOutcome.Unknown(var needed, var got, var detail):
                to.U8(Unknown);
                to.I32(needed);
                to.I32(got);
                to.Detail(detail);
                break;
            case Toystore.WriteOutcome.Invalid(var problem):
                to.U8(WriteInvalid);
                to.Detail(problem);
                break;
            default:
                throw new InvalidOperationException($"A write cannot end as {outcome.GetType()}.");
        }
    }

    public static WriteOutcome? WriteOutcome(ref FrameReader from)
    {
        switch (from.U8())
        {
            case Done:
                return new Toystore.WriteOutcome.Done(Context(ref from), from.I32(), (WriteDurability)from.U8((int)WriteDurability.Os)) { StandIns = from.U8() };
            case PreconditionFailed:
                return new Toystore.WriteOutcome.PreconditionFailed(OptionalContext(ref from));
            case NotDone:
                return new Toystore.WriteOutcome.NotDone((NotDoneReason)from.U8((int)NotDoneReason.TooLarge), from.Text());
            case Unknown:
                return new Toystore.WriteOutcome.Unknown(from.I32(), from.I32(), from.Text());
            case WriteInvalid:
                return new Toystore.WriteOutcome.Invalid(from.Text());
            default:
                from.Fail();
                return null;
        }
    }

    /// <summary>At least as many bytes as the outcome takes.</summary>
    public static long SizeBound(ReadOutcome outcome)
    {
        if (outcome is not Toystore.ReadOutcome.Found(var values, var context))
        {
            return 64 + (3 * FrameFormat.DetailCharsMax) + SizeBound((outcome as Toystore.ReadOutcome.NotFound)?.Context);
        }

        var size = 16 + SizeBound(context);
        for (var i = 0; i < values.Count; i++)
        {
            size += SizeBound(values[i]);
        }

        return size;
    }

    /// <summary>At least as many bytes as the outcome takes.</summary>
    public static long SizeBound(WriteOutcome outcome) => outcome switch
    {
        Toystore.WriteOutcome.Done(var context, _, _) => 32 + SizeBound(context),
        Toystore.WriteOutcome.PreconditionFailed(var context) => 32 + SizeBound(context),
        _ => 64 + (3 * FrameFormat.DetailCharsMax),
    };

    /// <summary>At least as many bytes as the value takes.</summary>
    public static long SizeBound(in Value value) => 32L + value.Bytes.Length + (3L * (value.ContentType?.Length ?? 0));

    /// <summary>At least as many bytes as the options take.</summary>
    public static long SizeBound(WriteOptions options) => 96 + SizeBound(options.Context) + SizeBound((options.Precondition as Toystore.Precondition.Unchanged)?.Since);

    private static long SizeBound(ContextToken? context) => 8 + (3L * (context?.Text?.Length ?? 0));

    private static void Write(FrameWriter to, Precondition precondition)
    {
        switch (precondition)
        {
            case Toystore.Precondition.Absent:
                to.U8(Absent);
                break;
            case Toystore.Precondition.Present:
                to.U8(Present);
                break;
            case Toystore.Precondition.Unchanged(var since):
                to.U8(Unchanged);
                Write(to, since);
                break;
            default:
                throw new InvalidOperationException($"No precondition is called {precondition.GetType()}.");
        }
    }

    private static Precondition? Precondition(ref FrameReader from)
    {
        switch (from.U8())
        {
            case Absent:
                return new Toystore.Precondition.Absent();
            case Present:
                return new Toystore.Precondition.Present();
            case Unchanged:
                return new Toystore.Precondition.Unchanged(Context(ref from));
            default:
                from.Fail();
                return null;
        }
    }

    private static void Write(FrameWriter to, ContextToken context) => to.Text(context.Text);

    private static void WriteOptional(FrameWriter to, ContextToken? context)
    {
        to.Bool(context is not null);
        if (context is { } token)
        {
            Write(to, token);
        }
    }

    private static ContextToken Context(ref FrameReader from) => new(from.Text());

    private static ContextToken? OptionalContext(ref FrameReader from) => from.Bool() ? Context(ref from) : null;
}
