// Geth's development chain with a clock that can be moved on: geth --dev itself has none, and deadlines of
// the contracts lie days ahead. Node, pool, EVM, miner and RPC are those of geth --dev, set up by the same
// functions in the same order (cmd/geth/config.go, makeFullNode); what is added is one call, dev_advance.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"
)

// maxSeconds bounds one step of the clock: a hundred years.
const maxSeconds = 100 * 365 * 24 * 3600

// clock is the only thing that geth --dev does not have.
type clock struct {
	beacon *catalyst.SimulatedBeacon
	eth    *eth.Ethereum
}

// Advance makes an empty block some seconds after the newest one and returns its number. Serve it while no
// transaction is waiting: one that is makes it fail.
func (c *clock) Advance(_ context.Context, seconds uint64) (uint64, error) {
	if seconds == 0 || seconds > maxSeconds {
		return 0, errors.New("seconds out of range")
	}
	if err := c.beacon.AdjustTime(time.Duration(seconds) * time.Second); err != nil {
		return 0, err
	}
	return c.eth.BlockChain().CurrentBlock().Number.Uint64(), nil
}

func makeNode(ctx *cli.Context) (*node.Node, error) {
	base := node.DefaultConfig
	base.Name, base.Version = "geth", "with-a-clock"
	utils.SetNodeConfig(ctx, &base)
	stack, err := node.New(&base)
	if err != nil {
		return nil, err
	}
	keys := keystore.NewKeyStore(stack.KeyStoreDir(), keystore.LightScryptN, keystore.LightScryptP)
	stack.AccountManager().AddBackend(keys)
	config := ethconfig.Defaults
	utils.SetEthConfig(ctx, stack, &config)
	backend, ethereum := utils.RegisterEthService(stack, &config)
	utils.RegisterFilterAPI(stack, backend, &config)
	beacon, err := catalyst.NewSimulatedBeacon(0, config.Miner.PendingFeeRecipient, ethereum)
	if err != nil {
		return nil, err
	}
	catalyst.RegisterSimulatedBeaconAPIs(stack, beacon)
	stack.RegisterAPIs([]rpc.API{{Namespace: "dev", Service: &clock{beacon, ethereum}}})
	stack.RegisterLifecycle(beacon)
	return stack, nil
}

func run(ctx *cli.Context) error {
	if !ctx.Bool(utils.DeveloperFlag.Name) {
		return errors.New("say --dev: this is for development only")
	}
	stack, err := makeNode(ctx)
	if err != nil {
		return err
	}
	defer stack.Close()
	utils.StartNode(ctx, stack, false)
	stack.Wait()
	return nil
}

func main() {
	app := cli.NewApp()
	app.Name, app.Usage = "geth-clock", "geth --dev with a clock that can be moved on"
	app.Flags = []cli.Flag{
		utils.DeveloperFlag, utils.DeveloperGasLimitFlag, utils.DataDirFlag,
		utils.GCModeFlag, utils.CacheFlag, utils.SyncModeFlag, utils.CryptoKZGFlag, utils.SnapshotFlag, utils.HTTPEnabledFlag, utils.HTTPPortFlag, utils.HTTPApiFlag, utils.AuthPortFlag, utils.IPCDisabledFlag,
	}
	app.Action = run
	if err := app.Run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
