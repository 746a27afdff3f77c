using System;
using System.IO;
using Springtail.Demo;

// springtail-demo SPRINGTAIL.DLL            the show
// springtail-demo device PSK_FILE READINGS  the device's part of it, a process of its own
return args switch
{
    ["device", string pskFile, string readings] => Device.Run(pskFile, int.Parse(readings)),
    [string springtail] when File.Exists(springtail) => new Demonstration(springtail, Environment.ProcessPath!).Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Run tools/demo: it builds what this program needs and starts it.");
    return 2;
}
