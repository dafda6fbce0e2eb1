namespace Toystore.Tests.Client;

/// <summary>Answers about the cluster, as the server writes them.</summary>
internal static class Samples
{
    public const string StatusJson = """
        {"cluster":"c","epoch":"1","asked":"n1","healthy":true,"summary":"All is well.","n":3,"copies":1,"r":2,"w":2,
         "members":[{"id":"n1","zone":"default","weight":1,"peer":"127.0.0.1:9101","http":"127.0.0.1:8101","redis":null,"slots":16384,"reachable":true,"problem":null,
           "node":{"version":"0.1","processId":42,"uptimeSeconds":100,"processorSeconds":12.5,"residentBytes":1,"allocatedBytes":2,"reads":3,"writes":4,"failures":0,"readRepairs":0,
                   "corruptRecords":0,"bytesUsed":1048576,"bytesFree":2,"durability":"fsync","problem":null}}]}
        """;

    public const string RingJson = """{"epoch":"1","slots":16384,"ranges":[{"first":0,"last":16383,"owners":["n1"]}]}""";
}
