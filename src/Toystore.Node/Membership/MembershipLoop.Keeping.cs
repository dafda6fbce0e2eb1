using Toystore.Core;
using Toystore.Core.Membership;

namespace Toystore.Node.Membership;

/// <summary>What goes to the disk.</summary>
internal sealed partial class MembershipLoop
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(5);

    // What is due to be written now, and otherwise when something will be.
    private (DueWrite? Write, Instant Next) DueWrites(Swim swim)
    {
        // Half of what was reserved is left, or somebody knew of a life that this disk has forgotten.
        var mustReserve = swim.Incarnation.Value + (IncarnationClock.Reserved / 2) > _reserved.Value;
        if (_isWriting || (!mustReserve && swim.Version == _saved) || _stopping.IsCancellationRequested)
        {
            return (null, Instant.Never);
        }

        if (Now < _savesFrom)
        {
            return (null, _savesFrom);
        }

        _isWriting = true;
        _savesFrom = Now + BetweenWrites;
        return (new DueWrite(mustReserve ? swim.Incarnation : null, swim.Version, swim.Save()), Instant.Never);
    }

    private async Task WriteAsync(DueWrite write)
    {
        await Task.Yield();
        try
        {
            if (write.Reserve is { } from)
            {
                await ReserveAsync(from, _stopping.Token);
            }

            var isSaved = await _records.WriteMembersAsync(write.Members, _stopping.Token);
            lock (_gate)
            {
                _saved = isSaved ? write.Version : _saved;
            }
        }
        finally
        {
            lock (_gate)
            {
                _isWriting = false;
                if (!_stopping.IsCancellationRequested)
                {
                    Arm(Now + BetweenWrites);
                }
            }
        }
    }

    private async Task ReserveAsync(Incarnation from, CancellationToken cancellationToken)
    {
        var end = new Incarnation(from.Value + IncarnationClock.Reserved);
        if (!await _records.WriteEndAsync(end, cancellationToken))
        {
            if (!_hasComplainedOfDisk)
            {
                _hasComplainedOfDisk = true;
                _logger.NotReserved();
            }

            return;
        }

        lock (_gate)
        {
            _hasComplainedOfDisk = false;
            _reserved = end > _reserved ? end : _reserved;
        }
    }

    /// <summary>What is to be written.</summary>
    /// <param name="Reserve">Reserve incarnations from here on; null if enough are.</param>
    /// <param name="Version">Of the members.</param>
    /// <param name="Members">They.</param>
    private sealed record DueWrite(Incarnation? Reserve, long Version, byte[] Members);
}
