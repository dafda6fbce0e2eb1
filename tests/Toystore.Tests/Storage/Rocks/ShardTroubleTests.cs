using Toystore.Storage;
using Toystore.Storage.Rocks;

namespace Toystore.Tests.Storage.Rocks;

public sealed class ShardTroubleTests
{
    // A log record that was written and could not be synced comes up when the store is opened again: that is for the next process to do, not for one that has read that it is not there.
    [Theory]
    [InlineData("IO error: Read-only file system: While open a file for appending: 000012.log", StoreWrite.ReadOnly)]
    [InlineData("IO error: Read-only file system: While fdatasync: 000012.log", StoreWrite.Failed)]
    public void A_disk_that_became_read_only_in_the_middle_of_a_write_has_failed(string message, StoreWrite outcome) =>
        Assert.Equal(outcome, ShardTrouble.From(new NativeError(NativeErrorKind.ReadOnly, message), "/data").Outcome);
}
