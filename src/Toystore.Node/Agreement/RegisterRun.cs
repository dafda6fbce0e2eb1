using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Node.Peers;

namespace Toystore.Node.Agreement;

/// <summary>Carries amendments, one after the other: sends what they say, hands them the answers, keeps their time.</summary>
internal sealed class RegisterRun(RegisterCalls calls, TimeProvider time, ILogger logger)
{
    /// <summary>How many may wait for their turn; beyond, they are refused.</summary>
    public const int WaitingMax = 16;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(6);

    private Task _turn = Task.CompletedTask;
    private int _waiting;
    private Carried? _carried;

    /// <summary>
    /// Carries an amendment to its end; null if too many wait already. <paramref name="make"/> is asked when its turn has come. Cancelled, nobody knows whether it was done: what was proposed may still be chosen.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<AmendmentNext?> RunAsync(Func<Task<Amendment>> make, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        try
        {
            await before;
            cancellationToken.ThrowIfCancellationRequested();
            var carried = new Carried(await make(), calls, time, logger);
            Volatile.Write(ref _carried, carried);
            return await carried.RunAsync(cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _carried, null);
            Interlocked.Decrement(ref _waiting);
            over.SetResult();
        }
    }

    /// <summary>This node has a later decree than before.</summary>
    public void Learned(Decree decree) => Volatile.Read(ref _carried)?.Learned(decree);

    /// <summary>One amendment under way. Only its loop touches it; what comes from elsewhere waits in the inbox.</summary>
    private sealed class Carried(Amendment amendment, RegisterCalls calls, TimeProvider time, ILogger logger)
    {
        private readonly ConcurrentQueue<(RegisterReply? Reply, Decree? Decree, Outgoing Answered)> _inbox = new();
        private readonly Signal _signal = new();
        private readonly HashSet<Outgoing> _asked = [];

        public void Learned(Decree decree)
        {
            _inbox.Enqueue((null, decree, default));
            _signal.Set();
        }

        public async Task<AmendmentNext> RunAsync(CancellationToken cancellationToken)
        {
            using var cancelled = cancellationToken.UnsafeRegister(static signal => ((Signal)signal!).Set(), _signal);
            var step = amendment.Begin();
            var (isPausing, until, again) = (false, Deadline.After(AttemptMax, time), Deadline.After(BetweenTries, time));
            while (true)
            {
                foreach (var message in step.Messages)
                {
                    if (_asked.Add(message))
                    {
                        _ = AskAsync(message, cancellationToken);
                    }
                }

                switch (step.Next)
                {
                    case AmendmentNext.Done or AmendmentNext.Refused:
                        return step.Next;
                    case AmendmentNext.Answers:
                        (isPausing, until) = (false, Deadline.After(AttemptMax, time));
                        break;
                    case AmendmentNext.Pause(var length, var refusals):
                        (isPausing, until) = (true, Deadline.After(length, time));
                        Complain(refusals);
                        break;
                }

                step = await NextAsync(isPausing, until, again);
                cancellationToken.ThrowIfCancellationRequested();
                if (again.HasPassed(time))
                {
                    again = Deadline.After(BetweenTries, time);
                }
            }
        }

        private async ValueTask<AmendmentStep> NextAsync(bool isPausing, Deadline until, Deadline again)
        {
            if (_inbox.TryDequeue(out var come))
            {
                _asked.Remove(come.Answered);
                return come.Decree is { } decree ? amendment.Learned(decree) : come.Reply is { } reply ? amendment.Heard(reply) : new AmendmentStep([], null);
            }

            if (until.HasPassed(time))
            {
                if (isPausing)
                {
                    return amendment.Rested();
                }

                var stopped = amendment.TooLong();
                return stopped with { Next = stopped.Next ?? AmendmentNext.Answers.Instance };
            }

            if (!isPausing && again.HasPassed(time))
            {
                return amendment.Again();
            }

            var first = isPausing || until.Timestamp < again.Timestamp ? until : again;
            using var timer = time.CreateTimer(static signal => ((Signal)signal!).Set(), _signal, first.Remaining(time), Timeout.InfiniteTimeSpan);
            await _signal.WaitAsync();
            return new AmendmentStep([], null);
        }

        private async Task AskAsync(Outgoing message, CancellationToken cancellationToken)
        {
            var reply = await calls.AskAsync(message.To, message.Request, cancellationToken);
            _inbox.Enqueue((reply, null, message));
            _signal.Set();
        }

        private void Complain(IEnumerable<(NodeId Node, Refusal Reason)> refusals)
        {
            foreach (var (node, reason) in refusals)
            {
                if (reason == Refusal.Conflict)
                {
                    logger.Conflicts(node);
                }
                else
                {
                    logger.Refuses(node, reason);
                }
            }
        }
    }
}
